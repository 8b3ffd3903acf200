using Warren.Broker;
using Warren.Client;
using Warren.Engine;

namespace Warren.Conformance.Fixtures;

/// <summary>
/// Users and virtual hosts with few permissions and small limits, the same on a Warren that behaves as RabbitMQ 3.10 and on RabbitMQ. The names are this
/// run's own: the RabbitMQ is shared.
/// </summary>
public sealed class LimitedUsers : IAsyncLifetime
{
    private const string Password = "hunter2";
    private const string Sha512OfPassword = "TuZ9/ZvMX++JaFl5C1VQ3vHQJwYxS6aPsgOB0cXZXE0F4PMEPJh3/zsCyTk+YqUzK1h39D2v6aUF/HnIqHw9F/IZpJQ=";
    private const string Mine = "^my";
    private const string Touchable = "^my|^amq\\.topic$";
    private const string Keys = "^{username}\\.";

    private readonly string _suffix = $"{Guid.NewGuid():N}"[..8];
    private readonly SharedRabbitMq _shared;
    private readonly Lazy<Task<RabbitMqServer>> _rabbitMq;
    private WarrenBroker _warren = null!;

    public LimitedUsers(SharedRabbitMq shared)
    {
        _shared = shared;
        _rabbitMq = new Lazy<Task<RabbitMqServer>>(PrepareRabbitMqAsync);
    }

    /// <summary>May touch what begins with "my", and amq.topic with keys that begin with the own name.</summary>
    public string Limited => $"limited-{_suffix}";

    /// <summary>May have no connection.</summary>
    public string Lonely => $"lonely-{_suffix}";

    /// <summary>May have one channel.</summary>
    public string Narrow => $"narrow-{_suffix}";

    /// <summary>May publish in the name of others.</summary>
    public string Impersonator => $"impersonator-{_suffix}";

    /// <summary>Was imported with a hash that RabbitMQ has made.</summary>
    public string Imported => $"imported-{_suffix}";

    /// <summary>A virtual host that nobody may open.</summary>
    public string Closed => $"closed-{_suffix}";

    /// <summary>A virtual host for no connection.</summary>
    public string Full => $"full-{_suffix}";

    /// <summary>A virtual host for one queue.</summary>
    public string Small => $"small-{_suffix}";

    public async ValueTask InitializeAsync()
    {
        _warren = await WarrenBroker.StartAsync(new BrokerOptions { Profile = Profile.V310 });
        foreach (var virtualHost in (string[])[Closed, Full, Small])
            _warren.VirtualHosts.Create(virtualHost);
        _warren.VirtualHosts.SetLimits(Full, new VirtualHostLimits { MaxConnections = 0 });
        _warren.VirtualHosts.SetLimits(Small, new VirtualHostLimits { MaxQueues = 1 });
        _warren.Users.Put(new UserAccount(Limited), Password);
        _warren.Users.Put(new UserAccount(Lonely) { MaxConnections = 0 }, Password);
        _warren.Users.Put(new UserAccount(Narrow) { MaxChannels = 1 }, Password);
        _warren.Users.Put(new UserAccount(Impersonator) { Tags = ["impersonator"] }, Password);
        _warren.Users.Put(new UserAccount(Imported) { PasswordHash = PasswordHash.Parse(PasswordHash.Sha512, Sha512OfPassword) });
        _warren.Users.SetPermission(new UserPermission(Limited, "/", new AccessPattern(Mine), new AccessPattern(Touchable), new AccessPattern(Touchable)));
        _warren.Users.SetTopicPermission(new TopicPermission(Limited, "/", "amq.topic", Keys, Keys));
        foreach (var (user, virtualHost) in Everythings)
            _warren.Users.SetPermission(UserPermission.Everything(user, virtualHost));
    }

    public ValueTask DisposeAsync() => _warren.DisposeAsync();

    /// <summary>How to connect as a user to a virtual host.</summary>
    public async Task<ConnectionOptions> OptionsAsync(BrokerKind kind, string user, string virtualHost = "/")
    {
        var uri = kind == BrokerKind.Warren ? _warren.Uri : (await _rabbitMq.Value).Uri;
        var options = ConnectionOptions.Parse(uri.ToString()) with { VirtualHost = virtualHost };
        return user == "guest" ? options : options with { UserName = user, Password = Password };
    }

    /// <summary>Makes a user who may do everything in a virtual host of its own, and returns the name of both.</summary>
    public async Task<string> CreateAsync(BrokerKind kind)
    {
        var name = $"doomed-{Guid.NewGuid():N}";
        if (kind == BrokerKind.Warren)
        {
            _warren.VirtualHosts.Create(name);
            _warren.Users.Put(new UserAccount(name), Password);
            _warren.Users.SetPermission(UserPermission.Everything(name, name));
        }
        else
        {
            await (await _rabbitMq.Value).ControlAsync("eval", AddVirtualHost(name) + AddUser(name) + Permit(name, name, ".*", ".*", ".*") + "ok.");
        }
        return name;
    }

    public async Task DeleteUserAsync(BrokerKind kind, string name)
    {
        if (kind == BrokerKind.Warren)
            _warren.Users.Delete(name);
        else
            await (await _rabbitMq.Value).ControlAsync("delete_user", name);
    }

    public async Task DeleteVirtualHostAsync(BrokerKind kind, string name)
    {
        if (kind == BrokerKind.Warren)
            _warren.VirtualHosts.Delete(name);
        else
            await (await _rabbitMq.Value).ControlAsync("delete_vhost", name);
    }

    private (string User, string VirtualHost)[] Everythings =>
        [(Lonely, "/"), (Narrow, "/"), (Impersonator, "/"), (Imported, "/"), ("guest", Full), ("guest", Small)];

    // One call of rabbitmqctl, which takes a second or two each time.
    private async Task<RabbitMqServer> PrepareRabbitMqAsync()
    {
        var server = await _shared.GetAsync();
        var erlang = string.Concat(
            string.Concat(((string[])[Closed, Full, Small]).Select(AddVirtualHost)),
            string.Concat(((string[])[Limited, Lonely, Narrow, Impersonator, Imported]).Select(AddUser)),
            Permit(Limited, "/", Mine, Touchable, Touchable),
            $"ok = rabbit_auth_backend_internal:set_topic_permissions({Binary(Limited)}, <<\"/\">>, <<\"amq.topic\">>, {Binary(Keys)}, {Binary(Keys)}, <<\"test\">>),",
            string.Concat(Everythings.Select(permission => Permit(permission.User, permission.VirtualHost, ".*", ".*", ".*"))),
            $"ok = rabbit_auth_backend_internal:set_tags({Binary(Impersonator)}, [impersonator], <<\"test\">>),",
            $"rabbit_auth_backend_internal:change_password_hash({Binary(Imported)}, base64:decode({Binary(Sha512OfPassword)}), rabbit_password_hashing_sha512),",
            $"ok = rabbit_vhost_limit:set({Binary(Full)}, [{{<<\"max-connections\">>, 0}}], <<\"test\">>),",
            $"ok = rabbit_vhost_limit:set({Binary(Small)}, [{{<<\"max-queues\">>, 1}}], <<\"test\">>),",
            "ok.");
        await server.ControlAsync("eval", erlang);
        await server.ControlAsync("set_user_limits", Lonely, "{\"max-connections\": 0}");
        await server.ControlAsync("set_user_limits", Narrow, "{\"max-channels\": 1}");
        return server;
    }

    private static string AddVirtualHost(string name) => $"ok = rabbit_vhost:add({Binary(name)}, <<\"test\">>),";

    private static string AddUser(string name) => $"ok = rabbit_auth_backend_internal:add_user({Binary(name)}, {Binary(Password)}, <<\"test\">>),";

    private static string Permit(string user, string virtualHost, string configure, string write, string read) =>
        $"ok = rabbit_auth_backend_internal:set_permissions({Binary(user)}, {Binary(virtualHost)}, {Binary(configure)}, {Binary(write)}, {Binary(read)}, <<\"test\">>),";

    private static string Binary(string text) => $"<<\"{text.Replace("\\", "\\\\", StringComparison.Ordinal)}\">>";
}

using Warren.Amqp;
using Warren.Broker;
using Warren.Engine;
using Warren.Simulation;
using Warren.Store;

namespace Warren.Tests.Broker.Durability;

/// <summary>Users, permissions, virtual hosts, policies, limits and parameters over a restart, by the doors that operators use.</summary>
public sealed class KeptDefinitionsTests
{
    private readonly SimDisk _disk = new();

    private BrokerOptions Options => new() { InProcessOnly = true, Disk = _disk, PasswordRounds = 1000, Journal = new JournalOptions { SegmentOctets = 256 << 10 } };

    [Fact]
    public async Task Everything_that_is_defined_is_there_again()
    {
        string before;
        await using (var broker = await WarrenBroker.StartAsync(Options))
        {
            broker.VirtualHosts.Create("shop");
            broker.VirtualHosts.SetLimits("shop", new VirtualHostLimits { MaxQueues = 7 });
            broker.Users.Put(new UserAccount("anna") { Tags = ["monitoring"], MaxChannels = 3, LoopbackOnly = true }, "secret");
            broker.Users.SetPermission(new UserPermission("anna", "shop", new AccessPattern("a.*"), new AccessPattern("b.*"), new AccessPattern("")));
            broker.Users.SetTopicPermission(new TopicPermission("anna", "shop", "amq.topic", "x", "y"));
            broker.Policies.Set("shop", new Policy("short", "^q", FieldTable.Create(("max-length", 5L))));
            broker.Policies.SetOperator("/", new Policy("cap", ".*", FieldTable.Create(("max-length", 9L))));
            broker.Definitions.Import("""{"global_parameters":[{"name":"cluster_name","value":"here"}]}""");
            before = broker.Definitions.Export();
        }

        await using var again = await WarrenBroker.StartAsync(Options);

        Assert.Equal(before, again.Definitions.Export());
        Assert.True(again.Users.Find("anna")!.LoopbackOnly);
        Assert.DoesNotContain("secret", TextOf(_disk), StringComparison.Ordinal); // Of a password only its hash is kept.
    }

    [Fact]
    public async Task A_policy_that_another_release_allowed_is_kept()
    {
        var policy = new Policy("retry", "^q", FieldTable.Create(("delayed-retry-type", "all"), ("delayed-retry-min", 1000L))) { Target = PolicyTarget.QuorumQueues };
        await using (var broker = await WarrenBroker.StartAsync(Options with { Profile = Profile.V43 }))
            broker.Policies.Set("/", policy);

        await using (var older = await WarrenBroker.StartAsync(Options with { Profile = Profile.V313 }))
            Assert.Equal("retry", Assert.Single(older.Policies.List("/")).Name);
        await using var again = await WarrenBroker.StartAsync(Options with { Profile = Profile.V43 });
        Assert.Equal("retry", Assert.Single(again.Policies.List("/")).Name);
    }

    [Fact]
    public async Task A_guest_who_was_deleted_stays_deleted()
    {
        await using (var broker = await WarrenBroker.StartAsync(Options))
        {
            Assert.Equal("guest", Assert.Single(broker.Users.List()).Name);
            broker.Users.Delete("guest");
        }

        await using var again = await WarrenBroker.StartAsync(Options);

        Assert.Empty(again.Users.List());
    }

    [Fact]
    public async Task Users_whom_the_options_name_are_set_at_every_start()
    {
        await using (await WarrenBroker.StartAsync(Options with { Users = [new BrokerUser("app", "old")] }))
        {
        }

        await using var again = await WarrenBroker.StartAsync(Options with { Users = [new BrokerUser("app", "new")] });

        var account = Assert.Single(again.Users.List());
        Assert.True(account.PasswordHash!.Matches("new"u8));
    }

    [Fact]
    public async Task A_deleted_virtual_host_leaves_nothing_and_its_name_may_be_used_again()
    {
        await using (var broker = await WarrenBroker.StartAsync(Options))
        {
            broker.VirtualHosts.Create("shop");
            broker.Definitions.Import("""{"queues":[{"name":"jobs","vhost":"shop","durable":true,"auto_delete":false,"arguments":{}}],"exchanges":[{"name":"e","vhost":"shop","type":"topic","durable":true,"auto_delete":false,"internal":false,"arguments":{}}],"bindings":[{"source":"e","vhost":"shop","destination":"jobs","destination_type":"queue","routing_key":"k","arguments":{}}]}""");
            broker.VirtualHosts.Delete("shop");
            broker.VirtualHosts.Create("shop");
        }

        await using (var again = await WarrenBroker.StartAsync(Options))
            Assert.Equal(["/", "shop"], again.VirtualHosts.Names);
        using var journal = BrokerJournal.Open(_disk, new JournalOptions());
        Assert.Equal(1, journal.LiveRecords); // What is defined, and nothing else.
    }

    [Fact]
    public async Task A_disk_that_fails_ends_the_broker_and_its_owner_hears_of_it()
    {
        await using var broker = await WarrenBroker.StartAsync(Options);
        _disk.Faults.FailingSyncs = 1;

        Assert.Throws<JournalException>(() => broker.VirtualHosts.Create("shop"));

        await Assert.ThrowsAsync<JournalException>(() => broker.Completion.WaitAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_broker_that_stops_in_order_completes_and_gives_the_folder_back()
    {
        var broker = await WarrenBroker.StartAsync(Options);
        await Assert.ThrowsAsync<FolderInUseException>(() => WarrenBroker.StartAsync(Options));

        await broker.StopAsync(TestContext.Current.CancellationToken);

        Assert.True(broker.Completion.IsCompletedSuccessfully);
        await using var next = await WarrenBroker.StartAsync(Options);
    }

    [Fact]
    public async Task An_operator_who_comes_after_the_end_hears_at_once_that_nothing_is_kept()
    {
        var broker = await WarrenBroker.StartAsync(Options);
        await broker.StopAsync(TestContext.Current.CancellationToken);

        var refusal = Assert.Throws<JournalException>(() => broker.VirtualHosts.Create("shop"));

        Assert.Contains("the broker has stopped", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"user\":\"guest\"", "\"user\":\"nobody\"")] // A permission of a user who is not there.
    [InlineData("\"numbers\":", "\"other\":")]
    [InlineData("\"loopback_users\":", "\"other\":")]
    [InlineData("\"definitions\":", "\"other\":")]
    [InlineData("\"shop\":2", "\"shop\":1")]
    public async Task I14_definitions_that_do_not_fit_cost_what_is_defined_and_no_queue(string text, string spoilt)
    {
        await using (var broker = await WarrenBroker.StartAsync(Options))
        {
            broker.VirtualHosts.Create("shop");
            broker.Definitions.Import("""{"queues":[{"name":"jobs","vhost":"/","durable":true,"auto_delete":false,"arguments":{}}]}""");
        }
        using (var journal = BrokerJournal.Open(_disk, Options.Journal))
        {
            var kept = System.Text.Encoding.UTF8.GetString(journal.ReadDefinitions()!);
            Assert.Contains(text, kept, StringComparison.Ordinal);
            journal.PutDefinitions(System.Text.Encoding.UTF8.GetBytes(kept.Replace(text, spoilt, StringComparison.Ordinal)));
            journal.Seal();
        }

        await using var again = await WarrenBroker.StartAsync(Options);

        Assert.Contains("jobs", again.Definitions.Export(), StringComparison.Ordinal);
        Assert.Equal("guest", Assert.Single(again.Users.List()).Name); // As at the first start.
    }

    private static string TextOf(SimDisk disk) => string.Concat(disk.List().Select(name => System.Text.Encoding.Latin1.GetString(disk.Octets(name))));
}

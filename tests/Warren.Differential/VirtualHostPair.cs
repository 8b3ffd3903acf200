using System.Diagnostics;
using Warren.Broker;

namespace Warren.Differential;

/// <summary>A virtual host of the same name on both brokers, where guest may do everything.</summary>
public static class VirtualHostPair
{
    /// <summary>Makes it, and removes the one before it; RabbitMQ's through the command that tests/rabbitmq/rabbitmq.sh leaves in WARREN_CONTROL.</summary>
    public static void Replace(WarrenBroker warren, string control, string name, string? old)
    {
        ReplaceOnWarren(warren, name, old);
        var words = control.Split(' ');
        using var process = Process.Start(words[0], [.. words[1..], "eval", Erlang(name, old)]);
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"rabbitmqctl eval ended with {process.ExitCode}.");
    }

    /// <summary>Warren's.</summary>
    public static void ReplaceOnWarren(WarrenBroker warren, string name, string? old)
    {
        ArgumentNullException.ThrowIfNull(warren);
        if (old is not null)
            warren.VirtualHosts.Delete(old);
        warren.VirtualHosts.Create(name);
        warren.Users.SetPermission(UserPermission.Everything("guest", name));
    }

    /// <summary>RabbitMQ's, for <c>rabbitmqctl eval</c>: one call instead of two.</summary>
    public static string Erlang(string name, string? old) =>
        (old is null ? "" : $"rabbit_vhost:delete(<<\"{old}\">>, <<\"test\">>), ")
        + $"ok = rabbit_vhost:add(<<\"{name}\">>, <<\"test\">>), ok = rabbit_auth_backend_internal:set_permissions(<<\"guest\">>, <<\"{name}\">>, <<\".*\">>, <<\".*\">>, <<\".*\">>, <<\"test\">>), ok.";
}

using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// One connection of an application, as <c>AddWarren</c> sets it up. From a configuration section come: <c>Uri</c>, <c>ConnectionName</c>, <c>FailFast</c>,
/// <c>CallTimeout</c>, <c>PublishTimeout</c>, <c>MaxPendingCalls</c>, <c>ReplyQueueExpiry</c>, <c>Reconnect:FirstDelay</c>, <c>Reconnect:MaxDelay</c>,
/// <c>Reconnect:MaxAttempts</c>, <c>Serve:Prefetch</c>, <c>Serve:Concurrency</c>, <c>Serve:DrainTime</c>, <c>Serve:MaxInFlight</c>, <c>Serve:ShedsLate</c>,
/// <c>Serve:DeliveryLimit</c>, <c>Serve:ShowExceptions</c> and <c>Serve:Version</c>. Times are <c>hh:mm:ss</c>. All is checked when the host starts.
/// </summary>
public sealed class WarrenOptions
{
    /// <summary>The broker, as <see cref="ConnectionOptions.Parse"/> reads it. Needed, unless <see cref="InProcess"/> is set.</summary>
    public string? Uri { get; set; }

    /// <summary>A broker in this process, reached without a socket, in place of <see cref="Uri"/>.</summary>
    public IInProcessBroker? InProcess { get; set; }

    /// <summary>How the connection calls itself in logs and in the broker's management; by default the application's name.</summary>
    public string? ConnectionName { get; set; }

    /// <summary>Changes what <see cref="Uri"/> said: <c>options.Connection = connection =&gt; connection with { Tls = ... }</c>.</summary>
    public Func<ConnectionOptions, ConnectionOptions>? Connection { get; set; }

    /// <summary>
    /// What a broker that is not there means for the start of the application. False (the default): the start waits for one attempt to connect and then
    /// goes on; the connection is tried again in the background, calls wait for it within their deadlines, and servers start when it stands. True: the
    /// start fails. A broker that refuses the login fails the start in both cases: it would refuse the next one too.
    /// </summary>
    public bool FailFast { get; set; }

    /// <summary>What holds for everything the bus does.</summary>
    public BusOptions Bus { get; set; } = new();

    /// <summary>What holds for every server of this connection, before its own options: <c>options.Serve = serve =&gt; serve with { Prefetch = 1 }</c>.</summary>
    public Func<ServeOptions, ServeOptions>? Serve { get; set; }

    internal ConnectionOptions ToConnection()
    {
        var connection = InProcess is null ? ConnectionOptions.Parse(Uri!) : new ConnectionOptions { InProcess = InProcess };
        if (ConnectionName is { } name)
            connection = connection with { ConnectionName = name };
        return Connection?.Invoke(connection) ?? connection;
    }

    internal ServeOptions ServeWith(Func<ServeOptions, ServeOptions>? own)
    {
        var options = Serve?.Invoke(new ServeOptions()) ?? new ServeOptions();
        return own?.Invoke(options) ?? options;
    }
}

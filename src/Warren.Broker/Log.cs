using Microsoft.Extensions.Logging;

namespace Warren.Broker;

/// <summary>Everything the broker logs. Texts of clients come escaped.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Listening on {Address}")]
    public static partial void Listening(ILogger log, string address);

    [LoggerMessage(2, LogLevel.Information, "Stopped")]
    public static partial void Stopped(ILogger log);

    [LoggerMessage(3, LogLevel.Information, "{Connection}: opened by user '{User}'")]
    public static partial void Opened(ILogger log, string connection, string user);

    [LoggerMessage(4, LogLevel.Information, "{Connection}: closed")]
    public static partial void Closed(ILogger log, string connection);

    [LoggerMessage(5, LogLevel.Warning, "{Connection}: dropped: {Reason}")]
    public static partial void Dropped(ILogger log, string connection, string reason);

    [LoggerMessage(6, LogLevel.Warning, "{Connection}: {What} is closed: {Reason}")]
    public static partial void Refused(ILogger log, string connection, string what, string reason);

    [LoggerMessage(7, LogLevel.Warning, "{Connection}: login refused: user '{User}', mechanism {Mechanism}")]
    public static partial void LoginRefused(ILogger log, string connection, string user, string mechanism);

    [LoggerMessage(8, LogLevel.Warning, "{Connection}: it does not speak AMQP 0-9-1 ({Hint})")]
    public static partial void ForeignProtocol(ILogger log, string connection, string hint);

    [LoggerMessage(9, LogLevel.Warning, "{Connection}: handshake refused: {Reason}")]
    public static partial void HandshakeRefused(ILogger log, string connection, string reason);

    [LoggerMessage(10, LogLevel.Error, "Accepting connections failed with error {Errno}; trying again")]
    public static partial void AcceptFailed(ILogger log, int errno);

    [LoggerMessage(19, LogLevel.Error,
        "No more connections are accepted: {Connections} are open, and of the {Limit} files that this process may open at once, {Reserved} are kept for the broker's own. Newcomers wait until " +
        "others have gone. Raise the limit: 'ulimit -n' before the start, LimitNOFILE= in a systemd unit, 'prlimit --nofile' while it runs")]
    public static partial void NoDescriptors(ILogger log, int connections, long limit, long reserved);

    [LoggerMessage(22, LogLevel.Information, "Connections are accepted again")]
    public static partial void AcceptingAgain(ILogger log);

    [LoggerMessage(11, LogLevel.Critical, "{Connection}: the broker failed; the connection ends with 541 INTERNAL_ERROR")]
    public static partial void EngineFailed(ILogger log, Exception exception, string connection);

    [LoggerMessage(12, LogLevel.Critical, "{Connection}: the broker failed before its engine saw the octets; the connection is dropped")]
    public static partial void TurnFailed(ILogger log, Exception exception, string connection);

    [LoggerMessage(13, LogLevel.Warning,
        "Alarm: low on {Resource}; who publishes is not read from until it ends ({MemoryOctets} octets are held, the limit is {MemoryLimit}; {DiskLimit} of the disk have to be free)")]
    public static partial void AlarmRaised(ILogger log, Engine.Alarms resource, long memoryOctets, long memoryLimit, long diskLimit);

    [LoggerMessage(14, LogLevel.Information, "The alarm is over: {Resource}")]
    public static partial void AlarmCleared(ILogger log, Engine.Alarms resource);

    [LoggerMessage(15, LogLevel.Warning, "{Connection}: closed by an operator: {Reason}")]
    public static partial void Forced(ILogger log, string connection, string reason);

    [LoggerMessage(16, LogLevel.Warning, "How much of the disk is free cannot be measured; the alarm stays as it is: {Reason}")]
    public static partial void DiskNotMeasured(ILogger log, string reason);

    [LoggerMessage(17, LogLevel.Warning, "{Connection}: TLS failed: {Reason}")]
    public static partial void TlsRefused(ILogger log, string connection, string reason);

    [LoggerMessage(18, LogLevel.Warning, "{Connection}: EXTERNAL login refused: {Reason}")]
    public static partial void ExternalRefused(ILogger log, string connection, string reason);

    [LoggerMessage(30, LogLevel.Information,
        "{Folder}: {Messages} messages in {Queues} durable queues, {Exchanges} exchanges and {Bindings} bindings, in {VirtualHosts} virtual hosts, from {Octets} octets in {Milliseconds} ms")]
    public static partial void Recovered(
        ILogger log, string folder, long messages, long queues, long exchanges, long bindings, int virtualHosts, long octets, long milliseconds);

    [LoggerMessage(31, LogLevel.Information, "{Folder}: {What}. Nobody had been told that it was kept")]
    public static partial void TornTail(ILogger log, string folder, string what);

    [LoggerMessage(32, LogLevel.Error, "Damage in the data folder: {What}. Everything else is served; 'warren doctor' says more")]
    public static partial void Damaged(ILogger log, string what);

    [LoggerMessage(33, LogLevel.Warning, "The disk of the data folder has no room: {Reason}. Who publishes is not read from until it has")]
    public static partial void DiskFull(ILogger log, string reason);

    [LoggerMessage(34, LogLevel.Critical, "The disk of the data folder has failed: {Reason}. Nothing more is confirmed, every connection is closed, the broker ends. What was confirmed is on disk")]
    public static partial void JournalFailed(ILogger log, Exception exception, string reason);

    [LoggerMessage(35, LogLevel.Error, "A message of queue '{Queue}' cannot be read from the data folder any more (record {RecordId}): it is set aside, those behind it go on")]
    public static partial void MessageSetAside(ILogger log, string queue, ulong recordId);

    [LoggerMessage(20, LogLevel.Warning,
        "Definitions: parameter '{Name}' of component '{Component}' in vhost '{VirtualHost}' is kept for the next export and does nothing: this broker has no such component")]
    public static partial void ForeignParameter(ILogger log, string component, string name, string virtualHost);

    [LoggerMessage(21, LogLevel.Warning, "Definitions: the binding from {Source} to {Destination} in vhost '{VirtualHost}' is left out: one of them is not there")]
    public static partial void LooseBinding(ILogger log, string source, string destination, string virtualHost);
}

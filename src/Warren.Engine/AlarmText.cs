using Warren.Amqp;

namespace Warren.Engine;

/// <summary>Alarms in RabbitMQ's words.</summary>
internal static class AlarmText
{
    /// <summary>
    /// The reason in connection.blocked: <c>low on memory</c>, <c>low on disk</c> or <c>low on memory &amp; disk</c>. RabbitMQ's order of the two is that of
    /// an unordered set; 3.10 has the disk first.
    /// </summary>
    public static ShortString Reason(Alarms alarms) => alarms switch
    {
        Alarms.Memory => "low on memory",
        Alarms.Disk => "low on disk",
        _ => "low on memory & disk",
    };
}

namespace Warren.Engine;

/// <summary>
/// What the broker is running out of. While an alarm stands, whoever publishes is told (connection.blocked) and not read from any more; everybody
/// else goes on (https://www.rabbitmq.com/docs/alarms).
/// </summary>
[Flags]
public enum Alarms
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>What the broker holds in memory has reached its limit.</summary>
    Memory = 1,

    /// <summary>Less disk than the limit is free.</summary>
    Disk = 2,
}

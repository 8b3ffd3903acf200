using Microsoft.Extensions.Logging;

namespace Warren.Client;

/// <summary>Every log line of the client.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "Connection '{Name}' to {Endpoint} was lost: {Reason}")]
    public static partial void ConnectionLost(ILogger logger, string name, string endpoint, string reason);

    [LoggerMessage(2, LogLevel.Error, "The handler of consumer '{ConsumerTag}' failed; the delivery is {Fate}")]
    public static partial void HandlerFailed(ILogger logger, Exception failure, string consumerTag, string fate);

    [LoggerMessage(3, LogLevel.Warning, "Connection '{Name}': attempt {Attempt} failed, the next one follows in {DelayMs:0} ms: {Reason}")]
    public static partial void ReconnectFailed(ILogger logger, string name, int attempt, double delayMs, string reason);

    [LoggerMessage(4, LogLevel.Information, "Connection '{Name}' is back, on {Endpoint}")]
    public static partial void Reconnected(ILogger logger, string name, string endpoint);

    [LoggerMessage(5, LogLevel.Error, "Connection '{Name}' is given up: {Reason}")]
    public static partial void ReconnectGivenUp(ILogger logger, string name, string reason);

    [LoggerMessage(6, LogLevel.Error, "Connection '{Name}' ends, because what it received could not be processed")]
    public static partial void ReceivingFailed(ILogger logger, Exception failure, string name);
}

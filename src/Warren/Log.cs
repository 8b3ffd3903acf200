using Microsoft.Extensions.Logging;

namespace Warren;

/// <summary>Every log line of the bus.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "The handler of queue '{Queue}' failed; its caller was given the id {Id}")]
    public static partial void HandlerFailed(ILogger logger, Exception failure, string queue, string id);

    [LoggerMessage(2, LogLevel.Warning, "A request without reply address to queue '{Queue}' ended as {Status}: {Detail}")]
    public static partial void OneWayFailed(ILogger logger, string queue, RpcStatus status, string detail);

    [LoggerMessage(3, LogLevel.Warning, "A reply to a request of queue '{Queue}' could not be sent; the broker will deliver the request again: {Reason}")]
    public static partial void ReplyLost(ILogger logger, string queue, string reason);

    [LoggerMessage(4, LogLevel.Warning, "Could not set up {What} again, the next attempt follows in {DelayMs:0} ms: {Reason}")]
    public static partial void RestoreFailed(ILogger logger, string what, double delayMs, string reason);

    [LoggerMessage(5, LogLevel.Warning, "The handler of queue '{Queue}' failed; the message is given back once")]
    public static partial void MessageGivenBack(ILogger logger, Exception failure, string queue);

    [LoggerMessage(6, LogLevel.Error, "The handler of queue '{Queue}' failed again; the message was moved to queue '{FailedQueue}'")]
    public static partial void MessageMoved(ILogger logger, Exception failure, string queue, string failedQueue);

    [LoggerMessage(7, LogLevel.Error, "The handler of {Queue} failed; the message is lost, because a subscription to an exchange has no way to give it back")]
    public static partial void MessageLost(ILogger logger, Exception failure, string queue);

    [LoggerMessage(8, LogLevel.Error, "A failed message could not be moved to queue '{FailedQueue}'; it is given back after a pause")]
    public static partial void MoveFailed(ILogger logger, Exception failure, string failedQueue);

    [LoggerMessage(9, LogLevel.Error, "The reply store failed for a request of queue '{Queue}'; the request is given back after a pause")]
    public static partial void StoreFailed(ILogger logger, Exception failure, string queue);

    [LoggerMessage(10, LogLevel.Warning, "The server of '{Service}' has no control queue: callers cannot cancel, take streams or discover it: {Reason}")]
    public static partial void NoControl(ILogger logger, string service, string reason);

    [LoggerMessage(11, LogLevel.Debug, "The server of '{Service}' was told '{Word}', which it does not know")]
    public static partial void UnknownControl(ILogger logger, string service, string word);

    [LoggerMessage(12, LogLevel.Error, "The data of a fault that a handler of queue '{Queue}' raised cannot travel; its caller was given the id {Id}")]
    public static partial void FaultDataLost(ILogger logger, Exception failure, string queue, string id);

    [LoggerMessage(13, LogLevel.Critical, "The server of queue '{Queue}' could not deal with a request, which stays unanswered. This is a defect of Warren")]
    public static partial void RequestBroke(ILogger logger, Exception failure, string queue);

    [LoggerMessage(14, LogLevel.Warning, "The broker has not taken the reply to a Safe request of queue '{Queue}'; it is sent again, or the request comes again: {Reason}")]
    public static partial void SafeReplyLost(ILogger logger, string queue, string reason);

    [LoggerMessage(101, LogLevel.Warning, "The broker is not there yet: {Reason} The application starts without it, calls wait within their deadlines, and servers start when it is there")]
    public static partial void WaitsForBroker(ILogger logger, string reason);

    [LoggerMessage(102, LogLevel.Information, "Serving '{Service}'")]
    public static partial void Serves(ILogger logger, string service);

    [LoggerMessage(103, LogLevel.Error, "'{Service}' cannot be served; the next attempt follows in {DelayMs:0} ms")]
    public static partial void NotServed(ILogger logger, Exception failure, string service, double delayMs);

    [LoggerMessage(104, LogLevel.Warning, "Requests of Safe calls to '{Service}' that are given up will not be kept: {Reason}")]
    public static partial void NoDeadRequests(ILogger logger, string service, string reason);
}

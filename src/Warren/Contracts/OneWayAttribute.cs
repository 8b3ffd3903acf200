namespace Warren;

/// <summary>
/// There is no reply: the call ends when the broker has the request. For methods that return a Task without a value. When the broker refuses the request
/// or the connection is lost, the caller hears of it at once; with <see cref="CallMode.Safe"/> it is sent again until the deadline, and runs once.
/// </summary>
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
public sealed class OneWayAttribute : Attribute;

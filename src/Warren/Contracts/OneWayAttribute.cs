namespace Warren;

/// <summary>There is no reply: the call ends when the broker has the request. For methods that return a Task without a value.</summary>
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
public sealed class OneWayAttribute : Attribute;

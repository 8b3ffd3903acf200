namespace Warren;

/// <summary>Running the method twice is the same as running it once, so a call that may have been executed may be made again.</summary>
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
public sealed class IdempotentAttribute : Attribute;

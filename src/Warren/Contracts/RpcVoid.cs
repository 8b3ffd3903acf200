namespace Warren;

/// <summary>The reply of a method that returns a Task without a value. Its body is empty; whatever body arrives is accepted.</summary>
public readonly record struct RpcVoid;

using Warren.Amqp;

namespace Warren.Engine;

/// <summary>Why the engine closes a channel or a connection: what the client is told, and what only the log says.</summary>
/// <param name="Code">The reply code.</param>
/// <param name="Reason">The explanation behind the code's name, as in the reply text but not cut. May hold a client's words, control characters included.</param>
/// <param name="Method">The method at fault, or <see cref="MethodId.None"/>.</param>
/// <param name="Detail">More than the reply text has room for, such as both declarations of a queue; or null.</param>
/// <param name="Remedy">What whoever reads the log can do about it; or null.</param>
public readonly record struct Refusal(ReplyCode Code, string Reason, MethodId Method = MethodId.None, string? Detail = null, string? Remedy = null);

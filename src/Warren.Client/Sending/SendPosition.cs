namespace Warren.Client;

/// <summary>How far the outbound octets of one connection had come when something was written: the end of its last frame.</summary>
internal readonly record struct SendPosition(long Octets);

namespace Warren.Engine;

/// <summary>A connection as host and engine name it. The host gives the numbers, from 0, and may use one again after the connection has ended.</summary>
public readonly record struct ConnectionId(int Value);

namespace Warren.Client;

/// <summary>How far the outbound octets of one connection had come when something was written: the end of its last frame.</summary>
internal readonly record struct SendPosition(long Octets);

/// <summary>Whoever wants to know where its message was written before anything can come of it.</summary>
internal interface IPositioned
{
    SendPosition Position { set; }
}

namespace Warren.Engine;

/// <summary>Whether the broker writes something into every message that is published.</summary>
public enum Stamping
{
    /// <summary>Nothing is written.</summary>
    Off,

    /// <summary>It is written where the publisher has not done so.</summary>
    Keep,

    /// <summary>It is written in any case, over what the publisher has written.</summary>
    Overwrite,
}

namespace Warren.Amqp;

/// <summary>Properties that can be written into a content header: flags first, then the values in the order of the flags.</summary>
public interface IPropertiesWriter
{
    /// <summary>The octets that <see cref="Write"/> will write, the two of the flags included.</summary>
    int EncodedLength { get; }

    /// <summary>Writes flags and values.</summary>
    void Write(ref WireWriter writer);
}

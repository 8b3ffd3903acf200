using System.Buffers;

namespace Warren;

/// <summary>
/// A way to write values as octets, beside text and JSON: CBOR, MessagePack, Protocol Buffers. A received body is read by the format with its content type.
/// On queue addresses and in messages it counts by <see cref="BusOptions.Formats"/>, for a contract by <see cref="RpcContractAttribute.Format"/>. Scalars, strings
/// and octets never come to a format: they travel as they are. Used from many threads at once.
/// </summary>
public abstract class BodyFormat
{
    /// <summary>A format.</summary>
    /// <param name="contentType">Its MIME name, such as <c>application/cbor</c>: 1 to 255 characters of ASCII. Not <c>text/plain</c>.</param>
    /// <exception cref="ArgumentException">It is no content type, or text/plain.</exception>
    protected BodyFormat(string contentType)
    {
        Type = Warren.ContentType.Named(contentType);
        if (contentType.Contains(';', StringComparison.Ordinal))
            throw new ArgumentException($"'{contentType}' has parameters. A format goes by the type alone; a sender's parameters are not looked at.", nameof(contentType));
        if (Type == Warren.ContentType.Text)
            throw new ArgumentException("Text cannot have another format: scalars and strings are text, so that every language can take part.", nameof(contentType));
    }

    /// <summary>Its MIME name.</summary>
    public string ContentType => Type.Name;

    internal ContentType Type { get; }

    /// <summary>True when values of this type are written in this format; of several formats the first one that says so counts.</summary>
    public virtual bool Handles(Type type) => true;

    /// <summary>Writes a value; null where T may be null.</summary>
    /// <exception cref="Exception">It cannot be written: whoever sends it gets the exception.</exception>
    public abstract void Write<T>(IBufferWriter<byte> to, T value);

    /// <summary>Reads a whole body. The octets are the connection's, and only good until this returns.</summary>
    /// <exception cref="Exception">The body is not a T: its sender gets <see cref="RpcStatus.InvalidArgument"/> with the exception's message.</exception>
    public abstract T Read<T>(ReadOnlyMemory<byte> body);

    internal Payload Encode<T>(T value)
    {
        var to = new ArrayBufferWriter<byte>();
        Write(to, value);
        return new Payload(to.WrittenMemory, Type);
    }

    internal bool TryDecode<T>(ReadOnlyMemory<byte> body, out T value, out string error)
    {
        try
        {
            value = Read<T>(body);
            error = "";
            return true;
        }
        catch (Exception e) when (e is not OutOfMemoryException) // The format is not ours, and the body is anybody's.
        {
            value = default!;
            error = $"the body is not the {ContentType} of a {typeof(T).Name}: {e.Message}";
            return false;
        }
    }
}

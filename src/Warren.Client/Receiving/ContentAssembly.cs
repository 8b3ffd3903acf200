using Warren.Amqp;

namespace Warren.Client;

/// <summary>
/// Puts a message together again: method, header, body frames (AMQP 0-9-1 section 4.2.6). A body in one frame stays a view of the receive
/// buffer; one in several frames is collected in an array of its own, which grows with what has come and not with what was announced.
/// </summary>
internal sealed class ContentAssembly
{
    private const int FirstArrayOctets = 1024 * 1024;

    private ContentHeader _header;
    private bool _hasHeader;
    private byte[]? _collected;
    private int _collectedOctets;

    /// <summary>Which method the content belongs to; None when no content is expected.</summary>
    public MethodId Method { get; private set; }

    /// <summary>The method, if it is basic.deliver.</summary>
    public BasicDeliver Deliver { get; private set; }

    /// <summary>The method, if it is basic.return.</summary>
    public BasicReturn Return { get; private set; }

    /// <summary>The method, if it is basic.get-ok.</summary>
    public BasicGetOk GetOk { get; private set; }

    public PropertiesView Properties => _header.Properties;

    public ReadOnlyMemory<byte> Body { get; private set; }

    /// <summary>True when <see cref="Body"/> is a view of the receive buffer.</summary>
    public bool BodyIsView => _collected is null;

    public void Begin(in BasicDeliver method) => (Method, Deliver, _hasHeader) = (MethodId.BasicDeliver, method, false);

    public void Begin(in BasicReturn method) => (Method, Return, _hasHeader) = (MethodId.BasicReturn, method, false);

    public void Begin(in BasicGetOk method) => (Method, GetOk, _hasHeader) = (MethodId.BasicGetOk, method, false);

    /// <summary>Takes a header or body frame; true when the message is whole.</summary>
    public bool Add(in Frame frame) => frame.Type == FrameType.Header ? AddHeader(frame.Payload) : AddBody(frame.Payload);

    public void End()
    {
        Method = MethodId.None;
        _collected = null;
        Body = default;
    }

    /// <summary>The receive buffer is about to be written over: what is not whole yet keeps its own octets.</summary>
    public void Keep()
    {
        if (Method == MethodId.None)
            return;
        Deliver = Deliver with { ConsumerTag = Deliver.ConsumerTag.ToOwned(), Exchange = Deliver.Exchange.ToOwned(), RoutingKey = Deliver.RoutingKey.ToOwned() };
        Return = Return with { ReplyText = Return.ReplyText.ToOwned(), Exchange = Return.Exchange.ToOwned(), RoutingKey = Return.RoutingKey.ToOwned() };
        GetOk = GetOk with { Exchange = GetOk.Exchange.ToOwned(), RoutingKey = GetOk.RoutingKey.ToOwned() };
        if (_hasHeader)
            _header = _header with { Properties = _header.Properties.ToOwned() };
    }

    private bool AddHeader(ReadOnlyMemory<byte> payload)
    {
        if (Method == MethodId.None || _hasHeader)
            throw Unexpected("header");
        _header = ContentHeader.Read(payload);
        if (_header.BodyLength > (ulong)Array.MaxLength)
            throw new ProtocolException(ReplyCode.FrameError, $"a body of {_header.BodyLength} octets was announced");
        _hasHeader = true;
        _collectedOctets = 0;
        return _header.BodyLength == 0;
    }

    private bool AddBody(ReadOnlyMemory<byte> part)
    {
        if (Method == MethodId.None || !_hasHeader)
            throw Unexpected("body");
        var length = (int)_header.BodyLength;
        if (part.Length > length - _collectedOctets)
            throw new ProtocolException(ReplyCode.FrameError, "a body frame exceeds the announced body");
        if (part.Length == length)
        {
            Body = part;
            return true;
        }
        Collect(part.Span, length);
        Body = _collected.AsMemory(0, _collectedOctets);
        return _collectedOctets == length;
    }

    private void Collect(ReadOnlySpan<byte> part, int length)
    {
        _collected ??= new byte[Math.Min(length, FirstArrayOctets)];
        if (_collected.Length - _collectedOctets < part.Length)
            Array.Resize(ref _collected, (int)Math.Min(length, Math.Max(_collected.Length * 2L, _collectedOctets + part.Length)));
        part.CopyTo(_collected.AsSpan(_collectedOctets));
        _collectedOctets += part.Length;
    }

    private static ProtocolException Unexpected(string what) => new(ReplyCode.UnexpectedFrame, $"a content {what} frame was not expected");
}

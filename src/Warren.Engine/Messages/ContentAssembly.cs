using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// Puts a publish together from its frames: method, header, body frames. Memory follows what has arrived, not what was announced.
/// The reply texts are those of RabbitMQ's command assembler.
/// </summary>
internal sealed class ContentAssembly(MessagePool pool, Connection connection)
{
    /// <summary>What a body may be announced with at most; RabbitMQ 4.3's limit.</summary>
    private const ulong LargestAnnouncement = 512 * 1024 * 1024;

    /// <summary>How many octets a message gets before its body arrives, unless what has arrived is more.</summary>
    private const int ReservedOctets = 4096;

    /// <summary>How many empty body frames may follow each other.</summary>
    private const int MaxEmptyFrames = 1024;

    private const string NoHeader = "expected content header for class 60, got non content header frame instead";
    private const string NoBody = "expected content body, got non content body frame instead";

    private readonly PropertiesRewrite _rewrite = new(connection.Host.Stamps);
    private readonly int _maxMessageOctets = MaxOctets(connection.Host.Options);
    private readonly bool _checksBodySize = connection.Host.Options.Profile.ChecksBodySize;
    private byte[] _address = [];
    private int _exchangeLength;
    private int _addressLength;
    private int _emptyFrames;
    private int _missing; // Negative for a body that is thrown away.
    private long _thrownAway; // How much of that body is still to come; negative when more has come than was announced.
    private int _counted; // What of the unfinished body the connection's sum holds.
    private Message? _message;
    private ulong _announced;
    private Awaited _awaited;

    private enum Awaited
    {
        Method,
        Header,
        Body,
    }

    public bool IsIdle => _awaited == Awaited.Method;

    public bool Mandatory { get; private set; }

    /// <inheritdoc cref="PropertiesRewrite.IsWithoutReplyAddress"/>
    public bool IsWithoutReplyAddress => _rewrite.IsWithoutReplyAddress;

    /// <summary>The message whose frames are arriving, for the count of references.</summary>
    public Message? Unfinished => _message;

    /// <summary>A method frame came: right only when no content is awaited.</summary>
    public void ExpectMethod()
    {
        if (_awaited == Awaited.Header)
            throw Unexpected(NoHeader);
        if (_awaited == Awaited.Body)
            throw Unexpected(NoBody);
    }

    public void Begin(in BasicPublish publish)
    {
        _exchangeLength = publish.Exchange.Length;
        _addressLength = _exchangeLength + publish.RoutingKey.Length;
        if (_address.Length < _addressLength)
            _address = new byte[Math.Max(64, _addressLength)];
        publish.Exchange.Span.CopyTo(_address);
        publish.RoutingKey.Span.CopyTo(_address.AsSpan(_exchangeLength));
        Mandatory = publish.Mandatory;
        _awaited = Awaited.Header;
        connection.BeginUnfinished();
    }

    /// <summary>Takes the header frame.</summary>
    /// <returns>The message, when it has no body.</returns>
    public Message? AddHeader(ReadOnlyMemory<byte> payload, ShortString replyAddress)
    {
        if (_awaited != Awaited.Header)
            throw Misplaced(payload);
        var header = ContentHeader.Read(payload);
        if (header.ClassId != ContentHeader.BasicClass)
            throw OtherClass(header.ClassId);
        if (header.BodyLength > (ulong)_maxMessageOctets)
        {
            Refuse(header.BodyLength);
            return null;
        }
        Start((int)header.BodyLength, header.Properties, replyAddress);
        return _missing == 0 ? Finish() : null;
    }

    /// <summary>Takes a body frame.</summary>
    /// <returns>The message, when this was its last part.</returns>
    public Message? AddBody(ReadOnlySpan<byte> part)
    {
        if (_awaited != Awaited.Body)
            throw _awaited == Awaited.Header ? Unexpected(NoHeader) : NotAMethod();
        if (part.Length > _missing)
        {
            TakeTooMuch(part.Length);
            return null;
        }
        if (part.IsEmpty && ++_emptyFrames > MaxEmptyFrames)
            throw new ConnectionException(ReplyCode.FrameError, $"more than {MaxEmptyFrames} empty content body frames in a row");
        if (!part.IsEmpty)
            _emptyFrames = 0;
        _missing -= part.Length;
        _message!.Append(part);
        if (_missing == 0)
            return Finish();
        _counted += part.Length;
        connection.CountUnfinished(part.Length);
        return null;
    }

    /// <summary>Gives back what has arrived of a message that will never be whole.</summary>
    public void Abandon()
    {
        _message?.Release();
        Reset();
    }

    private static int MaxOctets(EngineOptions options) => options.MaxMessageOctets > 0 ? options.MaxMessageOctets : options.Profile.MaxMessageOctets;

    // Older releases wait for the whole body before they say that it is too large. Here nothing of it is kept.
    private void Refuse(ulong length)
    {
        if (_checksBodySize)
            throw length > LargestAnnouncement ? Absurd(length) : TooLarge(length);
        _announced = length;
        _thrownAway = (long)Math.Min(length, long.MaxValue);
        _missing = -1;
        _awaited = Awaited.Body;
    }

    // Older releases do not notice when more comes than was announced: the message never ends.
    private void TakeTooMuch(int octets)
    {
        if (_checksBodySize)
            throw new ConnectionException(ReplyCode.FrameError, "content body frame exceeds remaining content size");
        if (_message is not null)
        {
            _thrownAway = _missing;
            Abandon();
            _missing = -1;
            _awaited = Awaited.Body;
        }
        _thrownAway -= octets;
        if (_thrownAway == 0)
            throw TooLarge(_announced);
    }

    private void Start(int bodyLength, PropertiesView properties, ShortString replyAddress)
    {
        var rewritten = _rewrite.Apply(properties, replyAddress);
        var encoded = rewritten.Octets.Span;
        var address = _address.AsSpan(0, _addressLength);
        var blindCopies = _rewrite.BlindCopies;
        var arrived = address.Length + blindCopies.Length + encoded.Length;
        _message = pool.Rent(Math.Max(arrived, Math.Min(arrived + bodyLength, ReservedOctets)));
        _message.Begin(address, _exchangeLength, blindCopies, encoded, rewritten.Flags);
        _message.MayHaveOpenCopies = _rewrite.HasOpenCopies;
        _missing = bodyLength;
        _emptyFrames = 0;
        _awaited = Awaited.Body;
    }

    private Message Finish()
    {
        var message = _message!;
        Reset();
        return message;
    }

    private void Reset()
    {
        if (_awaited == Awaited.Method)
            return;
        connection.ForgetUnfinished(_counted);
        _counted = 0;
        _message = null;
        _awaited = Awaited.Method;
    }

    private Exception Misplaced(ReadOnlyMemory<byte> header)
    {
        var frame = new Frame(FrameType.Header, 1, header);
        if (FrameFault.IsUnknown(frame))
            return FrameFault.Misplaced(frame);
        return _awaited == Awaited.Body ? Unexpected(NoBody) : NotAMethod();
    }

    private static ConnectionException Unexpected(string text) => new(ReplyCode.UnexpectedFrame, text) { Method = MethodId.BasicPublish };

    private static ConnectionException OtherClass(ushort classId) =>
        Unexpected($"expected content header for class 60, got one for class {classId} instead");

    private static ConnectionException Absurd(ulong length) =>
        new(ReplyCode.FrameError, $"content body size {length} exceeds maximum allowed size {LargestAnnouncement}");

    private ChannelException TooLarge(ulong length) =>
        new(ReplyCode.PreconditionFailed, $"message size {length} is larger than configured max size {_maxMessageOctets}");

    private static ConnectionException NotAMethod() =>
        new(ReplyCode.UnexpectedFrame, "expected method frame, got non method frame instead") { Method = 0 };
}

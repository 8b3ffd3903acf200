namespace Warren.Engine;

/// <summary>Cuts a topic key into words at the dots. The empty key has no word; words may be empty, so <c>a.</c> has two.</summary>
internal ref struct TopicWords(ReadOnlySpan<byte> key)
{
    private ReadOnlySpan<byte> _rest = key;
    private bool _isAtEnd = key.IsEmpty;

    public ReadOnlySpan<byte> Current { get; private set; }

    public bool MoveNext()
    {
        if (_isAtEnd)
            return false;
        var dot = _rest.IndexOf((byte)'.');
        _isAtEnd = dot < 0;
        Current = _isAtEnd ? _rest : _rest[..dot];
        _rest = _isAtEnd ? default : _rest[(dot + 1)..];
        return true;
    }
}

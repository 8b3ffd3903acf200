using Warren.Amqp;

namespace Warren.Engine;

/// <summary>A word of the bindings' keys, under the words before it.</summary>
internal sealed class TopicNode(TopicNode? parent, ShortString word)
{
    private readonly ShortString _word = word;

    public TopicNode? Parent { get; } = parent;

    public BindingList Bindings { get; } = new();

    public NameTable<TopicNode>? Words { get; private set; }

    public TopicNode? Star { get; private set; }

    public TopicNode? Hash { get; private set; }

    public bool IsHash { get; } = IsHashWord(word.Span);

    /// <summary>The walk that reached it last; owned by <see cref="TopicRouter"/>.</summary>
    public long Walk { get; set; }

    public bool IsUnused => Bindings.IsEmpty && Star is null && Hash is null && (Words is null || Words.Count == 0);

    public TopicNode? FindChild(ReadOnlySpan<byte> child) => IsHashWord(child) ? Hash : IsStarWord(child) ? Star : Words?.Find(child);

    public TopicNode GetOrAddChild(ReadOnlySpan<byte> child, NameComparer names)
    {
        if (FindChild(child) is { } existing)
            return existing;
        var owned = new ShortString(child.ToArray());
        var node = new TopicNode(this, owned);
        if (IsHashWord(child))
            Hash = node;
        else if (IsStarWord(child))
            Star = node;
        else
            (Words ??= new NameTable<TopicNode>(names)).Add(owned, node);
        return node;
    }

    public void RemoveChild(TopicNode child)
    {
        if (child == Hash)
            Hash = null;
        else if (child == Star)
            Star = null;
        else
            Words!.Remove(child._word);
    }

    private static bool IsHashWord(ReadOnlySpan<byte> word) => word.SequenceEqual("#"u8);

    private static bool IsStarWord(ReadOnlySpan<byte> word) => word.SequenceEqual("*"u8);
}

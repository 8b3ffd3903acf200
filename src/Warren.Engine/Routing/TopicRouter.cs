using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// Topic: words between dots, <c>*</c> for one word, <c>#</c> for any number of them. The bindings' keys form a tree of words; a
/// message's key walks it word by word with a set of nodes, each in it once, so that no combination of <c>#</c> can make the walk long.
/// </summary>
/// <param name="names">How names are compared.</param>
/// <param name="maxHashes">How many <c>#</c> a binding's key may have, or null.</param>
internal sealed class TopicRouter(NameComparer names, int? maxHashes) : Router
{
    private readonly TopicNode _root = new(null, default);
    private List<TopicNode> _reached = [];
    private List<TopicNode> _next = [];
    private long _walk;

    public override void Check(ShortString routingKey, FieldTable arguments)
    {
        if (maxHashes is null)
            return;
        var hashes = 0;
        var words = new TopicWords(routingKey.Span);
        while (words.MoveNext())
        {
            if (words.Current.SequenceEqual("#"u8))
                hashes++;
        }
        if (hashes > maxHashes)
        {
            throw new ChannelException(
                ReplyCode.PreconditionFailed, $"Topic binding key '{routingKey}' uses {hashes} '#' wildcards, at most {maxHashes} are allowed");
        }
    }

    public override void Add(Binding binding)
    {
        var node = _root;
        var words = new TopicWords(binding.RoutingKey.Span);
        while (words.MoveNext())
            node = node.GetOrAddChild(words.Current, names);
        node.Bindings.Add(binding);
    }

    public override void Remove(Binding binding)
    {
        var node = _root;
        var words = new TopicWords(binding.RoutingKey.Span);
        while (words.MoveNext())
            node = node.FindChild(words.Current)!;
        node.Bindings.Remove(binding);
        while (node is { IsUnused: true, Parent: { } parent })
        {
            parent.RemoveChild(node);
            node = parent;
        }
    }

    public override void Route(ReadOnlySpan<byte> routingKey, PropertiesView properties, Routes routes)
    {
        _reached.Clear();
        _walk++;
        Reach(_reached, _root);
        var words = new TopicWords(routingKey);
        while (words.MoveNext())
            Step(words.Current);
        foreach (var node in _reached)
            node.Bindings.Route(routes);
    }

    private void Step(ReadOnlySpan<byte> word)
    {
        _next.Clear();
        _walk++;
        foreach (var node in _reached)
        {
            if (node.IsHash)
                Reach(_next, node); // The word is one more of those that the # stands for.
            if (node.Star is { } star)
                Reach(_next, star);
            if (node.Words?.Find(word) is { } child)
                Reach(_next, child);
        }
        (_reached, _next) = (_next, _reached);
    }

    // A # may stand for no word at all, so who reaches a node reaches the # behind it.
    private void Reach(List<TopicNode> nodes, TopicNode node)
    {
        for (var reached = node; reached is not null && reached.Walk != _walk; reached = reached.Hash)
        {
            reached.Walk = _walk;
            nodes.Add(reached);
        }
    }
}

namespace Warren.Engine;

/// <summary>The bindings that a router found together. Adding and removing take the same short time for one binding and for 100,000.</summary>
internal sealed class BindingList
{
    private Binding[] _bindings = [];
    private int _count;

    public bool IsEmpty => _count == 0;

    public ReadOnlySpan<Binding> Span => _bindings.AsSpan(0, _count);

    public void Add(Binding binding)
    {
        if (_count == _bindings.Length)
            Array.Resize(ref _bindings, Math.Max(1, _count * 2));
        binding.Slot = _count;
        _bindings[_count++] = binding;
    }

    public void Remove(Binding binding)
    {
        var last = _bindings[--_count];
        _bindings[_count] = null!;
        if (last == binding)
            return;
        last.Slot = binding.Slot;
        _bindings[binding.Slot] = last;
    }

    public void Route(Routes routes)
    {
        foreach (var binding in Span)
            routes.Add(binding.Destination);
    }
}

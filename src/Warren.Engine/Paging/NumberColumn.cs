using System.Diagnostics;

namespace Warren.Engine;

/// <summary>
/// Up to <see cref="MaxNumbers"/> numbers. As long as each is as far from the one before as the second from the first, such as ids that follow each other or bodies of the same length,
/// they take no room; else 4 octets each, or 8 where they lie far apart.
/// </summary>
internal struct NumberColumn
{
    public const int MaxNumbers = 256;

    private const int SmallestArray = 8;

    private long _first;
    private long _step;
    private int[]? _offsets; // From the first one.
    private long[]? _numbers;

    public readonly long this[int index] => _numbers is not null ? _numbers[index] : _first + OffsetAt(index);

    /// <summary>Adds a number behind the others.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="number">The number.</param>
    /// <returns>By how many octets the column has grown.</returns>
    public int Add(int count, long number)
    {
        Debug.Assert(count < MaxNumbers, "A column has an end.");
        if (_numbers is null && _offsets is null && TryGoOn(count, number))
            return 0;
        return _numbers is null && TryOffset(number, out var offset) ? AddOffset(count, offset) : AddNumber(count, number);
    }

    private readonly long OffsetAt(int index) => _offsets is not null ? _offsets[index] : index * _step;

    private bool TryGoOn(int count, long number)
    {
        if (count == 0)
            _first = number;
        else if (count == 1)
            _step = number - _first;
        return number == this[count];
    }

    private readonly bool TryOffset(long number, out int offset)
    {
        offset = (int)(number - _first);
        return number >= _first ? (ulong)(number - _first) <= int.MaxValue : (ulong)(_first - number) <= int.MaxValue;
    }

    private int AddOffset(int count, int offset)
    {
        var before = _offsets?.Length ?? 0;
        if (before == 0 && !TrySpread(count))
            return AddNumber(count, _first + offset);
        if (count == _offsets!.Length)
            Array.Resize(ref _offsets, Larger(count));
        _offsets[count] = offset;
        return (_offsets.Length - before) * sizeof(int);
    }

    // False when the numbers that are there lie too far apart.
    private bool TrySpread(int count)
    {
        if (!TryOffset(this[count - 1], out _) || (count > 1 && !TryOffset(this[1], out _))) // The last is not the largest when a step goes once around.
            return false;
        var offsets = new int[Larger(count)];
        for (var i = 0; i < count; i++)
            offsets[i] = (int)OffsetAt(i);
        _offsets = offsets;
        return true;
    }

    private int AddNumber(int count, long number)
    {
        var before = ((_numbers?.Length ?? 0) * sizeof(long)) + ((_offsets?.Length ?? 0) * sizeof(int));
        if (_numbers is null || count == _numbers.Length)
        {
            var numbers = new long[Larger(count)];
            for (var i = 0; i < count; i++)
                numbers[i] = this[i];
            (_numbers, _offsets) = (numbers, null);
        }
        _numbers[count] = number;
        return (_numbers.Length * sizeof(long)) - before;
    }

    private static int Larger(int count) => Math.Clamp(count * 2, SmallestArray, MaxNumbers);
}

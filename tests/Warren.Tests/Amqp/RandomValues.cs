using Warren.Amqp;

namespace Warren.Tests.Amqp;

/// <summary>Random wire values from a seed; a failing test prints the seed, and the same seed gives the same values.</summary>
internal sealed class RandomValues(int seed)
{
    private readonly Random _random = new(seed);

    public int Seed { get; } = seed;

    public int Next(int exclusiveMax) => _random.Next(exclusiveMax);

    public byte[] Octets(int max)
    {
        var octets = new byte[_random.Next(max + 1)];
        _random.NextBytes(octets);
        return octets;
    }

    // The lengths at which arithmetic on octets goes wrong, as often as any other.
    public ShortString ShortString()
    {
        int[] edges = [0, 1, 127, 128, 254, 255];
        var octets = new byte[_random.Next(2) == 0 ? edges[_random.Next(edges.Length)] : _random.Next(256)];
        _random.NextBytes(octets);
        return new ShortString(octets);
    }

    public FieldTable Table(int depth = 0)
    {
        var builder = new FieldTableBuilder();
        for (var fields = _random.Next(6); fields > 0; fields--)
            builder.Add($"k{_random.Next(4)}", Field(depth));
        return builder.ToTable();
    }

    public object? Value(Type type)
    {
        if (type == typeof(bool))
            return _random.Next(2) == 1;
        if (type == typeof(byte))
            return (byte)_random.Next(256);
        if (type == typeof(ushort))
            return (ushort)_random.Next(65536);
        if (type == typeof(uint))
            return (uint)_random.NextInt64(1L << 32);
        if (type == typeof(ulong))
            return (ulong)_random.NextInt64(long.MinValue, long.MaxValue);
        if (type == typeof(ShortString))
            return ShortString();
        if (type == typeof(LongString))
            return new LongString(Octets(600));
        return type == typeof(FieldTable) ? Table() : throw new ArgumentException($"No random value for {type}.", nameof(type));
    }

    private object? Field(int depth) => _random.Next(depth < 4 ? 18 : 16) switch
    {
        0 => null,
        1 => true,
        2 => (sbyte)_random.Next(-128, 128),
        3 => (byte)_random.Next(256),
        4 => (short)_random.Next(-32768, 32768),
        5 => (ushort)_random.Next(65536),
        6 => _random.Next(int.MinValue, int.MaxValue),
        7 => (uint)_random.NextInt64(1L << 32),
        8 => _random.NextInt64(long.MinValue, long.MaxValue),
        9 => _random.NextSingle(),
        10 => _random.NextDouble(),
        11 => new decimal(_random.Next(), 0, 0, _random.Next(2) == 0, (byte)_random.Next(29)),
        12 => DateTimeOffset.FromUnixTimeSeconds(_random.NextInt64(253_402_300_799)),
        13 => "text",
        14 => Octets(40),
        15 => FieldTable.Empty,
        16 => Table(depth + 1),
        _ => new object?[] { 1, "two", Field(depth + 1) },
    };
}

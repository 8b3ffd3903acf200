using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Warren.Tests.Contracts;

/// <summary>Gives everything back.</summary>
internal sealed class Echo : IEcho
{
    public Task<bool> Boolean(bool value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<byte> Byte(byte value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<sbyte> SByte(sbyte value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<short> Int16(short value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<ushort> UInt16(ushort value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<int> Int32(int value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<uint> UInt32(uint value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<long> Int64(long value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<ulong> UInt64(ulong value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<float> Single(float value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<double> Double(double value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<decimal> Decimal(decimal value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<char> Char(char value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<string> String(string value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<string?> StringOrNull(string? value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<Guid> Guid(Guid value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<DateTime> DateTime(DateTime value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<DateTimeOffset> DateTimeOffset(DateTimeOffset value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<DateOnly> DateOnly(DateOnly value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<TimeOnly> TimeOnly(TimeOnly value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<TimeSpan> TimeSpan(TimeSpan value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<Uri> Uri(Uri value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<Colour> Enum(Colour value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<Toppings> Flags(Toppings value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<byte[]> Octets(byte[] value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<ReadOnlyMemory<byte>> Memory(ReadOnlyMemory<byte> value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<JsonElement> Element(JsonElement value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<int?> Int32OrNull(int? value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<Guid?> GuidOrNull(Guid? value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<Colour?> EnumOrNull(Colour? value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<byte[]?> OctetsOrNull(byte[]? value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<int[]> Array(int[] value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<List<string?>> List(List<string?> value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<IReadOnlyList<Colour>> Interface(IReadOnlyList<Colour> value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<HashSet<int>> Set(HashSet<int> value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<Dictionary<string, decimal?>> Map(Dictionary<string, decimal?> value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<List<int[]>?> Nested(List<int[]>? value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<Basket> Record(Basket value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<Basket?> RecordOrNull(Basket? value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<Settings> Class(Settings value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<Point> Struct(Point value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<Node> Recursive(Node value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<Page<Line>> Generic(Page<Line> value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<Box> StructWithInit(Box value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<Derived> Inherited(Derived value, CancellationToken cancellationToken) => Task.FromResult(value);

    public Task<Checked> Checked(Checked value, CancellationToken cancellationToken) => Task.FromResult(value);
}

internal sealed class Calculator : ICalculator
{
    public List<string> Lines { get; } = [];

    /// <summary>Set when the stream has seen its token fire.</summary>
    public TaskCompletionSource StreamEnded { get; } = new();

    public async Task<int> Fib(int n, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        return n < 2 ? n : await Fib(n - 1, cancellationToken) + await Fib(n - 2, cancellationToken);
    }

    public async IAsyncEnumerable<int> Series(int count, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            for (var i = 0; count < 0 || i < count; i++)
            {
                await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                yield return i;
            }
        }
        finally
        {
            StreamEnded.TrySetResult();
        }
    }

    public Task Log(string line, CancellationToken cancellationToken = default)
    {
        Lines.Add(line);
        return Task.CompletedTask;
    }
}

internal sealed class OddShapes : IOddShapes
{
    public int Told { get; private set; }

    public Task<string> Ping(CancellationToken cancellationToken = default) => Task.FromResult("pong");

    public ValueTask<string> Ping(int times, CancellationToken cancellationToken = default) => new(string.Concat(Enumerable.Repeat("pong", times)));

    public Task Nothing(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public async ValueTask Nothing2(CancellationToken cancellationToken = default) => await Task.Yield();

    public ValueTask<int> Sum(int a, int b = 2, int? c = null, CancellationToken cancellationToken = default) => new(a + b + (c ?? 0));

    public async ValueTask<int> Sum(int[] all, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        return all.Sum();
    }

    public Task<string> @event(string @class, Colour @default = Colour.Green, string text = "", CancellationToken cancellationToken = default) =>
        Task.FromResult($"{@class} {@default} {text}");

    public Task<string> Defaults(double d, decimal m, long l, char c, bool b, TimeSpan t, Toppings f, float x, string? s, CancellationToken cancellationToken = default) =>
        Task.FromResult(FormattableString.Invariant($"{d} {m} {l} {c} {b} {t} {f} {x} {s ?? "null"}"));

    public ValueTask Tell(int n, CancellationToken cancellationToken = default)
    {
        Told = n;
        return default;
    }

    public async IAsyncEnumerable<Line> Lines(int count, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        for (var i = 1; i <= count; i++)
            yield return new Line("bolt", i);
        if (count == 0)
            throw new RpcException(RpcStatus.NotFound, "no lines");
    }

    public async IAsyncEnumerable<string?> Texts([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        yield return "one";
        yield return null;
        yield return "null";
    }

    public Task<bool> CanBeCancelled(CancellationToken cancellationToken = default) => Task.FromResult(cancellationToken.CanBeCanceled);
}

internal sealed class Bank : IBank
{
    public Task<decimal> Withdraw(string account, decimal amount, CancellationToken cancellationToken = default) => account switch
    {
        "poor" => throw new RpcFaultException<InsufficientFunds>(new InsufficientFunds(3.50m, "EUR"), "not enough money"),
        "closed" => Task.FromException<decimal>(new RpcFaultException<AccountClosed>(new AccountClosed(new DateOnly(2030, 12, 31)), status: RpcStatus.NotFound)),
        "undeclared" => throw new RpcFaultException<Point>(new Point(1, 2), "secret"),
        "bug" => throw new InvalidOperationException("bug"),
        _ => Task.FromResult(amount),
    };
}

internal sealed class Shop : IShop
{
    public int Runs { get; private set; }

    public Task<int> Buy(Basket basket, CancellationToken cancellationToken = default)
    {
        Runs++;
        return Task.FromResult(basket.Count);
    }

    public Task Configure(Settings settings, CancellationToken cancellationToken = default)
    {
        Runs++;
        return Task.CompletedTask;
    }

    public Task Book(Period period, CancellationToken cancellationToken = default)
    {
        Runs++;
        return Task.CompletedTask;
    }

    public Task Offer(List<Line> lines, string? code = null, CancellationToken cancellationToken = default)
    {
        Runs++;
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<int> Watch(int level, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        Runs++;
        yield return level;
    }
}

internal sealed class Shapes : IShapes
{
    public Task<Shape> Grow(Shape shape, List<Shape> others, CancellationToken cancellationToken = default) =>
        Task.FromResult<Shape>(shape is Circle ? new Circle(shape.Size + others.Count) : new Square(shape.Size + others.Count));
}

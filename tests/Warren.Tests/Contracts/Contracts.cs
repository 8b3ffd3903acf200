using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Warren.Tests.Contracts;

/// <summary>The contract of the documentation.</summary>
[RpcContract]
public interface ICalculator
{
    [Idempotent]
    Task<int> Fib([Range(0, 46)] int n, CancellationToken cancellationToken = default);

    IAsyncEnumerable<int> Series(int count, CancellationToken cancellationToken = default);

    [OneWay]
    Task Log(string line, CancellationToken cancellationToken = default);
}

public enum Colour
{
    Red,
    Green,
}

[Flags]
public enum Toppings
{
    None = 0,
    Cheese = 1,
    Olives = 2,
}

/// <summary>Every type that needs no description, there and back.</summary>
[RpcContract(Name = "test.echo")]
internal interface IEcho
{
    Task<bool> Boolean(bool value, CancellationToken cancellationToken);

    Task<byte> Byte(byte value, CancellationToken cancellationToken);

    Task<sbyte> SByte(sbyte value, CancellationToken cancellationToken);

    Task<short> Int16(short value, CancellationToken cancellationToken);

    Task<ushort> UInt16(ushort value, CancellationToken cancellationToken);

    Task<int> Int32(int value, CancellationToken cancellationToken);

    Task<uint> UInt32(uint value, CancellationToken cancellationToken);

    Task<long> Int64(long value, CancellationToken cancellationToken);

    Task<ulong> UInt64(ulong value, CancellationToken cancellationToken);

    Task<float> Single(float value, CancellationToken cancellationToken);

    Task<double> Double(double value, CancellationToken cancellationToken);

    Task<decimal> Decimal(decimal value, CancellationToken cancellationToken);

    Task<char> Char(char value, CancellationToken cancellationToken);

    Task<string> String(string value, CancellationToken cancellationToken);

    Task<string?> StringOrNull(string? value, CancellationToken cancellationToken);

    Task<Guid> Guid(Guid value, CancellationToken cancellationToken);

    Task<DateTime> DateTime(DateTime value, CancellationToken cancellationToken);

    Task<DateTimeOffset> DateTimeOffset(DateTimeOffset value, CancellationToken cancellationToken);

    Task<DateOnly> DateOnly(DateOnly value, CancellationToken cancellationToken);

    Task<TimeOnly> TimeOnly(TimeOnly value, CancellationToken cancellationToken);

    Task<TimeSpan> TimeSpan(TimeSpan value, CancellationToken cancellationToken);

    Task<Uri> Uri(Uri value, CancellationToken cancellationToken);

    Task<Colour> Enum(Colour value, CancellationToken cancellationToken);

    Task<Toppings> Flags(Toppings value, CancellationToken cancellationToken);

    Task<byte[]> Octets(byte[] value, CancellationToken cancellationToken);

    Task<ReadOnlyMemory<byte>> Memory(ReadOnlyMemory<byte> value, CancellationToken cancellationToken);

    Task<JsonElement> Element(JsonElement value, CancellationToken cancellationToken);

    Task<int?> Int32OrNull(int? value, CancellationToken cancellationToken);

    Task<Guid?> GuidOrNull(Guid? value, CancellationToken cancellationToken);

    Task<Colour?> EnumOrNull(Colour? value, CancellationToken cancellationToken);

    Task<byte[]?> OctetsOrNull(byte[]? value, CancellationToken cancellationToken);

    Task<int[]> Array(int[] value, CancellationToken cancellationToken);

    Task<List<string?>> List(List<string?> value, CancellationToken cancellationToken);

    Task<IReadOnlyList<Colour>> Interface(IReadOnlyList<Colour> value, CancellationToken cancellationToken);

    Task<HashSet<int>> Set(HashSet<int> value, CancellationToken cancellationToken);

    Task<Dictionary<string, decimal?>> Map(Dictionary<string, decimal?> value, CancellationToken cancellationToken);

    Task<List<int[]>?> Nested(List<int[]>? value, CancellationToken cancellationToken);

    Task<Basket> Record(Basket value, CancellationToken cancellationToken);

    Task<Basket?> RecordOrNull(Basket? value, CancellationToken cancellationToken);

    Task<Settings> Class(Settings value, CancellationToken cancellationToken);

    Task<Point> Struct(Point value, CancellationToken cancellationToken);

    Task<Node> Recursive(Node value, CancellationToken cancellationToken);

    Task<Page<Line>> Generic(Page<Line> value, CancellationToken cancellationToken);

    Task<Box> StructWithInit(Box value, CancellationToken cancellationToken);

    Task<Derived> Inherited(Derived value, CancellationToken cancellationToken);

    Task<Checked> Checked(Checked value, CancellationToken cancellationToken);
}

/// <summary>A record with a record and a list of records, and rules at every level.</summary>
public sealed record Basket([StringLength(20, MinimumLength = 1)] string Customer, Line First, IReadOnlyList<Line> Others, string? Note = null)
{
    [property: JsonIgnore]
    public int Count => Others.Count + 1;
}

public sealed record Line([property: Required] string Item, [Range(1, 100)] int Count)
{
    [JsonPropertyName("unit-price")]
    public decimal Price { get; init; } = 9.99m;
}

/// <summary>A class with every way to set a property.</summary>
public class Settings
{
    public required string Name { get; init; }

    public int Size { get; set; } = 3;

    public Colour Colour { get; init; } = Colour.Green;

    [MinLength(1)]
    public List<string> Tags { get; init; } = ["none"];

    public string @event { get; set; } = "";

    [JsonIgnore]
    public Stream? Ignored { get; set; }
}

public readonly record struct Point(double X, double Y = 2);

public sealed record Node(string Name, List<Node> Children, Node? Next = null);

public sealed record Page<T>(T[] Items, int Number);

/// <summary>A range with two ends, which one attribute cannot check.</summary>
public sealed record Period(DateOnly From, DateOnly To) : IValidatableObject
{
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (To < From)
            yield return new ValidationResult("The period ends before it begins.", ["to"]);
    }
}

public record struct Box(int Width)
{
    public int Height { get; init; } = 5;
}

public record Parent(int A)
{
    public string B { get; init; } = "b";
}

public sealed record Derived(int A, int C) : Parent(A)
{
    public int D { get; set; } = 4;
}

/// <summary>Two constructors, a check of its own, and what does not travel.</summary>
public sealed class Checked
{
    public Checked() => Text = "none";

    [JsonConstructor]
    public Checked(string text)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(text, "\u001b");
        Text = text;
    }

    public string Text { get; }

    public int Length => Text.Length;

    public int Private { get; private set; } = 3;
}

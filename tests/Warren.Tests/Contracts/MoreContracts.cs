using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Warren.Tests.Contracts;

public interface IPing
{
    Task<string> Ping(CancellationToken cancellationToken = default);
}

public interface IPing2 : IPing
{
    [RpcMethod("Ping2")]
    ValueTask<string> Ping(int times, CancellationToken cancellationToken = default);
}

/// <summary>Every kind of method, with names that are words of C#.</summary>
[RpcContract]
internal interface IOddShapes : IPing2
{
    Task Nothing(CancellationToken cancellationToken = default);

    ValueTask Nothing2(CancellationToken cancellationToken = default);

    ValueTask<int> Sum(int a, int b = 2, int? c = null, CancellationToken cancellationToken = default);

    [RpcMethod("SumOfAll")]
    ValueTask<int> Sum(int[] all, CancellationToken cancellationToken = default);

    Task<string> @event(string @class, Colour @default = Colour.Green, string text = "quote \" and \n", CancellationToken cancellationToken = default);

    Task<string> Defaults(
        double d = 0.5, decimal m = 1.5m, long l = long.MinValue, char c = '\'', bool b = true, TimeSpan t = default, Toppings f = Toppings.Cheese | Toppings.Olives,
        float x = float.NaN, string? s = null, CancellationToken cancellationToken = default);

    [OneWay]
    ValueTask Tell(int n, CancellationToken cancellationToken = default);

    IAsyncEnumerable<Line> Lines(int count, CancellationToken cancellationToken = default);

    IAsyncEnumerable<string?> Texts(CancellationToken cancellationToken = default);

    Task<bool> CanBeCancelled(CancellationToken cancellationToken = default);

    /// <summary>Not on the wire.</summary>
    async Task<int> Twice(int n) => await Sum(n, n);
}

internal static class Outer
{
    internal interface IOther;

    /// <summary>Inside a class, with a name that would be the same in another.</summary>
    [RpcContract(Name = "test.nested", Queue = ContractQueue.Classic)]
    internal interface INested
    {
        Task<int> One(CancellationToken cancellationToken = default);
    }
}

public sealed record InsufficientFunds(decimal Balance, string Currency);

public sealed record AccountClosed(DateOnly Since);

[RpcContract]
public interface IBank
{
    [Raises<InsufficientFunds>]
    [Raises<AccountClosed>]
    Task<decimal> Withdraw(string account, [Range(0.01, 1e6)] decimal amount, CancellationToken cancellationToken = default);
}

[RpcContract]
public interface IShop
{
    Task<int> Buy(Basket basket, CancellationToken cancellationToken = default);

    Task Configure(Settings settings, CancellationToken cancellationToken = default);

    Task Book(Period period, CancellationToken cancellationToken = default);

    Task Offer([MaxLength(2)] List<Line> lines, [RegularExpression("[a-z]+")] string? code = null, CancellationToken cancellationToken = default);

    IAsyncEnumerable<int> Watch([Range(1, 3)] int level, CancellationToken cancellationToken = default);
}

/// <summary>What only a JsonSerializerContext can describe: a type with others behind it.</summary>
[JsonPolymorphic]
[JsonDerivedType(typeof(Circle), "circle")]
[JsonDerivedType(typeof(Square), "square")]
public abstract record Shape([property: Range(1, 10)] int Size);

public sealed record Circle(int Size) : Shape(Size);

public sealed record Square(int Size) : Shape(Size);

[JsonSerializable(typeof(Shape))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
internal sealed partial class ShapesJson : JsonSerializerContext;

[RpcContract(Json = typeof(ShapesJson))]
internal interface IShapes
{
    Task<Shape> Grow(Shape shape, List<Shape> others, CancellationToken cancellationToken = default);
}

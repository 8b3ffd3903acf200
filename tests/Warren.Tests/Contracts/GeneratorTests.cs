using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Warren.Generator;
using Warren.Generator.Reading;

namespace Warren.Tests.Contracts;

public sealed class GeneratorTests
{
    private const string Contract = "namespace N; [RpcContract] public interface ICalc { Task<int> Fib([Range(0, 46)] int n, Order order, CancellationToken t = default); }";
    private const string Order = "namespace N; public record Order(string Item, int Count);";

    [Fact]
    public void The_generated_code_compiles_without_a_warning() => Assert.Contains("class N_ICalc", Generated.Run(Contract, Order), StringComparison.Ordinal);

    [Fact]
    public void Odd_but_right_contracts_compile_without_a_warning() => Generated.Run(
        """
        #nullable disable
        [RpcContract(Name = "global")] public interface @class { Task Do(CancellationToken t); }
        namespace N_A { [RpcContract] public interface IC { Task<string> Do(string text, List<string> list, CancellationToken t); } }
        #nullable enable
        namespace N { namespace A_ { public class Outer<T> { } public static class @class { [RpcContract(Name = "a\"\\\n")] internal interface @interface
        {
            [Obsolete("no")] Task @void(int @int, string? @null = null, CancellationToken @default = default);
            ValueTask<(int, string)[]?> None(CancellationToken t) => default;
            Task<int> Params(CancellationToken t) => Task.FromResult(1);
            Task<Dictionary<string, IReadOnlyDictionary<string, HashSet<DateOnly?>>>> Deep(IEnumerable<IList<Guid[]>?> deep, CancellationToken t);
            IAsyncEnumerable<KeyValuePair<string, int>> Pairs(CancellationToken t);
        } } } }
        """);

    // Nothing of that assembly has run when its contract is asked for: the asking has to run its module initializer.
    [Fact]
    public void A_contract_of_another_assembly_is_found()
    {
        Generated.Driver().RunGeneratorsAndUpdateCompilation(Generated.Compile(Contract, Order), out var output, out _);
        using var file = new MemoryStream();
        Assert.True(output.Emit(file).Success);
        file.Position = 0;
        var context = new AssemblyLoadContext("another", isCollectible: true);
        context.Resolving += (_, name) => name.Name == "Warren" ? typeof(RpcContract).Assembly : null;
        var contract = context.LoadFromStream(file).GetType("N.ICalc", throwOnError: true)!;

        var found = (RpcContract)typeof(RpcContract<>).MakeGenericType(contract).GetMethod("Get")!.Invoke(null, null)!;

        Assert.Equal("rpc.calc", found.Name);
        context.Unload();
    }

    [Fact]
    public void A_contract_with_an_error_makes_no_code() =>
        Assert.Empty(Generated.Driver().RunGenerators(Generated.Compile("[RpcContract] public interface ICalc { void A(); }")).GetRunResult().GeneratedTrees);

    [Fact]
    public void An_edit_elsewhere_leaves_every_step_as_it_was()
    {
        var compilation = Generated.Compile(Contract, Order, "class Other { }");
        var driver = Generated.Driver().RunGenerators(compilation);

        var edited = compilation.ReplaceSyntaxTree(compilation.SyntaxTrees[2], Generated.Parse("class Other { int added; }", "File2.cs"));
        var result = driver.RunGenerators(edited).GetRunResult().Results[0];

        Assert.All(Reasons(result), reason => Assert.True(reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, reason.ToString()));
        Assert.All(
            result.TrackedOutputSteps.SelectMany(step => step.Value).SelectMany(step => step.Outputs), output => Assert.Equal(IncrementalStepRunReason.Cached, output.Reason));
    }

    [Fact]
    public void Moving_the_contract_down_its_file_makes_nothing_again()
    {
        var compilation = Generated.Compile(Contract, Order);
        var driver = Generated.Driver().RunGenerators(compilation);

        var edited = compilation.ReplaceSyntaxTree(compilation.SyntaxTrees[0], Generated.Parse("\n// A comment.\n" + Contract, "File0.cs"));
        var result = driver.RunGenerators(edited).GetRunResult().Results[0];

        Assert.All(
            result.TrackedOutputSteps.SelectMany(step => step.Value).SelectMany(step => step.Outputs), output => Assert.Equal(IncrementalStepRunReason.Cached, output.Reason));
    }

    [Fact]
    public void A_record_that_changes_in_another_file_changes_the_code()
    {
        var compilation = Generated.Compile(Contract, Order);
        var driver = Generated.Driver().RunGenerators(compilation);

        var edited = compilation.ReplaceSyntaxTree(compilation.SyntaxTrees[1], Generated.Parse("namespace N; public record Order(string Item, int Count, bool Urgent);", "File1.cs"));
        var result = driver.RunGenerators(edited).GetRunResult();

        Assert.Contains("urgent", result.GeneratedTrees[0].ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ICalculator", "rpc.calculator")]
    [InlineData("IOrderBook", "rpc.order-book")]
    [InlineData("Orders", "rpc.orders")]
    [InlineData("Index", "rpc.index")]
    [InlineData("IHTTPGate2", "rpc.http-gate2")]
    [InlineData("IOrder_Book", "rpc.order-book")]
    [InlineData("I", "rpc.i")]
    public void Addresses_come_from_names(string name, string address) => Assert.Equal(address, Symbols.AddressOf(name));

    [Theory]
    [InlineData("value", "value")]
    [InlineData("Value", "value")]
    [InlineData("URLValue", "urlValue")]
    [InlineData("URL", "url")]
    [InlineData("_x", "_x")]
    public void Names_are_camel_case_as_in_json(string name, string wire)
    {
        Assert.Equal(wire, Symbols.CamelCase(name));
        Assert.Equal(System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(name), Symbols.CamelCase(name));
    }

    private static IEnumerable<IncrementalStepRunReason> Reasons(GeneratorRunResult result) =>
        result.TrackedSteps[ContractGenerator.Step].SelectMany(step => step.Outputs).Select(output => output.Reason);
}

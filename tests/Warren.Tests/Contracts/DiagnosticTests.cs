using System.Text.RegularExpressions;
using Warren.Generator;

namespace Warren.Tests.Contracts;

/// <summary>What the analyzer says about contracts that cannot work, and where.</summary>
public sealed partial class DiagnosticTests
{
    [Fact]
    public Task A_contract_in_order_says_nothing() => SaysAsync(
        "[RpcContract] public interface ICalc { [Idempotent] Task<int> Fib([Range(0, 46)] int n, CancellationToken t = default); [OneWay] Task Log(string s, CancellationToken t); }");

    [Theory]
    [InlineData("Action", "Action: it is code, not data. Use a type that is only data")]
    [InlineData("CancellationTokenSource", "CancellationTokenSource: it is a type of the runtime that Warren knows no JSON for. Describe it: "
        + "[JsonSerializable(typeof(CancellationTokenSource))] internal partial class CalcJson : JsonSerializerContext; and [RpcContract(Json = typeof(CalcJson))] on ICalc")]
    [InlineData("Task<int>", "Task<int>: it belongs to this process. Use a type that is only data")]
    [InlineData("IAsyncEnumerable<int>", "IAsyncEnumerable<int>: streams go from the server to the client only, as a method's result. Use a type that is only data")]
    [InlineData("int[,]", "int[,]: it has more than one dimension. Use a type that is only data")]
    public Task Parameters_that_cannot_travel(string type, string why) => SaysAsync(
        $"[RpcContract] public interface ICalc {{ Task Do({type} x, CancellationToken t); }}", $"WARREN001 at x: The parameter x of ICalc.Do cannot travel: {why}");

    [Fact]
    public Task A_span_cannot_travel() => SaysAsync(
        "[RpcContract] public interface ICalc { Task Do(ReadOnlySpan<int> x, CancellationToken t); }",
        "WARREN001 at x: The parameter x of ICalc.Do cannot travel: ReadOnlySpan<int>: it lives on the stack. Use a type that is only data");

    [Fact]
    public Task Results_and_faults_that_cannot_travel() => SaysAsync(
        "[RpcContract] public interface ICalc { [Raises<Stream>] Task<List<Action>> Do(CancellationToken t); IAsyncEnumerable<object> More(CancellationToken t); }",
        "WARREN001 at Do: The result of ICalc.Do cannot travel: List<Action> holds Action: it is code, not data. Use a type that is only data",
        "WARREN001 at Do: The fault of ICalc.Do cannot travel: Stream: it is abstract, and only you know which types stand behind it. Describe it: "
        + "[JsonSerializable(typeof(Stream))] internal partial class CalcJson : JsonSerializerContext; and [RpcContract(Json = typeof(CalcJson))] on ICalc",
        "WARREN001 at More: The result of ICalc.More cannot travel: object: it is a type of the runtime that Warren knows no JSON for. Describe it: "
        + "[JsonSerializable(typeof(object))] internal partial class CalcJson : JsonSerializerContext; and [RpcContract(Json = typeof(CalcJson))] on ICalc");

    [Fact]
    public Task A_constructor_can_be_chosen() => SaysAsync(
        "[method: JsonConstructor] public record Good(int A) { public Good(string b) : this(1) { } } [RpcContract] public interface ICalc { Task Do(Good x, CancellationToken t); }");

    [Fact]
    public Task A_line_that_is_missing_in_a_context_is_spelled_out() => SaysAsync(
        """
        public abstract record Shape;
        public record Drawing(string Name, List<Shape> Shapes);
        public partial class DrawingJson : JsonSerializerContext;
        [RpcContract(Json = typeof(DrawingJson))] public interface IDraw { Task Draw(Drawing drawing, CancellationToken t); }
        """ + ContextBody("DrawingJson"),
        "WARREN001 at drawing: The parameter drawing of IDraw.Draw cannot travel: Drawing holds Shape: it is abstract, and only you know which types stand behind it. "
        + "Add [JsonSerializable(typeof(Shape))] to DrawingJson");

    [Fact]
    public Task What_a_described_type_holds_is_described_too() => SaysAsync(
        """
        public abstract record Shape;
        public record Drawing(string Name, List<Shape> Shapes);
        [JsonSerializable(typeof(Drawing))] public partial class DrawingJson : JsonSerializerContext;
        [RpcContract(Json = typeof(DrawingJson))] public interface IDraw { Task<Shape> Draw(Drawing drawing, CancellationToken t); }
        """ + ContextBody("DrawingJson"));

    [Theory]
    [InlineData("public record Bad(int A) { public int Field; }", "its field Field is public, and only properties travel")]
    [InlineData("public class Bad { public Bad(int other) { } public int A { get; set; } }", "it has no public constructor, or no single one, whose parameters are its properties; [JsonConstructor] chooses one of several")]
    [InlineData("public record Bad([property: JsonNumberHandling(JsonNumberHandling.Strict)] int A);", "A has [JsonNumberHandling]")]
    [InlineData("public record Bad([property: JsonIgnore] int A);", "A has [JsonIgnore], and the constructor needs it")]
    [InlineData("public class Bad : List<int> { }", "it is a collection that Warren does not know")]
    [InlineData("public class Bad : Exception { }", "it derives from Exception")]
    [InlineData("[JsonPolymorphic] public record Root(int A); public record Bad(int A) : Root(A);", "Root, from which it derives, has [JsonPolymorphic]")]
    [InlineData("public record Bad(int A) { public Bad(string b) : this(1) { } }", "it has no public constructor, or no single one, whose parameters are its properties; [JsonConstructor] chooses one of several")]
    [InlineData("[JsonPolymorphic] public record Bad(int A);", "it has [JsonPolymorphic]")]
    [InlineData("public interface Bad { int A { get; } }", "it is abstract, and only you know which types stand behind it")]
    public async Task Records_that_are_not_plain(string type, string why)
    {
        var said = Assert.Single(await Generated.DiagnoseAsync(type + " [RpcContract] public interface ICalc { Task Do(Bad x, CancellationToken t); }"));

        Assert.StartsWith($"WARREN001 at x: The parameter x of ICalc.Do cannot travel: Bad: {why}. Describe it: [JsonSerializable(typeof(Bad))]", said, StringComparison.Ordinal);
    }

    [Fact]
    public Task Private_types_cannot_be_seen() => SaysAsync(
        "public class Outer { private record Hidden(int A); [RpcContract] private interface ICalc { Task Do(int x, CancellationToken t); } }",
        "WARREN013 at ICalc: Generated code cannot see ICalc. Make it, and the types around it, internal or public.");

    [Fact]
    public Task Private_parameters_cannot_be_seen() => SaysAsync(
        "public class Outer { private protected record Hidden(int A); internal class Inner : Outer { [RpcContract] internal interface ICalc { Task Do(Hidden x, CancellationToken t); } } }",
        "WARREN001 at x: The parameter x of ICalc.Do cannot travel: Hidden: generated code cannot see it, because it or a type around it is private. Use a type that is only data");

    [Fact]
    public Task Methods_without_a_token() => SaysAsync(
        "[RpcContract] public interface ICalc { Task Do(int x); }",
        "WARREN002 at Do: ICalc.Do takes no CancellationToken, so its callers cannot give up and its server does not see the deadline. Add one as the last parameter.");

    [Fact]
    public Task An_inherited_contract_is_complained_about_once() => SaysAsync(
        "[RpcContract] public interface IA { Task Do(int x); } [RpcContract] public interface IB : IA { }",
        "WARREN002 at Do: IA.Do takes no CancellationToken, so its callers cannot give up and its server does not see the deadline. Add one as the last parameter.");

    [Fact]
    public Task A_token_that_is_wanted_nowhere_can_be_suppressed() => SaysAsync(
        """
        #pragma warning disable WARREN002
        [RpcContract] public interface ICalc { Task Do(int x); }
        """);

    [Fact]
    public Task Tokens_stand_last_and_alone() => SaysAsync(
        "[RpcContract] public interface ICalc { Task A(CancellationToken t, int x); Task B(CancellationToken a, CancellationToken b); }",
        "WARREN003 at t: The CancellationToken of ICalc.A has to be its last parameter, and the only one",
        "WARREN003 at a: The CancellationToken of ICalc.B has to be its last parameter, and the only one");

    [Fact]
    public Task Overloads_need_names_of_their_own() => SaysAsync(
        """
        public interface IBase { Task C(CancellationToken t); }
        [RpcContract] public interface ICalc : IBase
        {
            Task A(int x, CancellationToken t);
            Task A(string x, CancellationToken t);
            [RpcMethod("A2")] Task A(long x, CancellationToken t);
            [RpcMethod("C")] Task B(CancellationToken t);
        }
        """,
        "WARREN004 at C: ICalc has more than one method that is named \"C\" on the wire. Add [RpcMethod(\"...\")] to tell them apart.",
        "WARREN004 at A: ICalc has more than one method that is named \"A\" on the wire. Add [RpcMethod(\"...\")] to tell them apart.");

    [Fact]
    public Task Streams_are_neither_idempotent_nor_one_way() => SaysAsync(
        "[RpcContract] public interface ICalc { [Idempotent] IAsyncEnumerable<int> A(CancellationToken t); [OneWay] IAsyncEnumerable<int> B(CancellationToken t); }",
        "WARREN005 at A: ICalc.A streams, and a stream cannot be [Idempotent]: it is never sent again, and it has replies",
        "WARREN005 at B: ICalc.B streams, and a stream cannot be [OneWay]: it is never sent again, and it has replies");

    [Fact]
    public Task One_way_has_no_result() => SaysAsync(
        "[RpcContract] public interface ICalc { [OneWay] Task<int> A(CancellationToken t); [OneWay] ValueTask<int> B(CancellationToken t); [OneWay] ValueTask C(CancellationToken t); }",
        "WARREN006 at A: ICalc.A is [OneWay], so nothing comes back. It has to return Task or ValueTask.",
        "WARREN006 at B: ICalc.B is [OneWay], so nothing comes back. It has to return Task or ValueTask.");

    [Fact]
    public Task Only_methods_can_be_called() => SaysAsync(
        "[RpcContract] public interface ICalc { int A { get; set; } int this[int i] { get; } event Action B; static abstract Task C(CancellationToken t); static int D() => 1; int E => 2; }",
        "WARREN007 at A: ICalc.A is a property, and only methods can be called over a broker",
        "WARREN007 at this: ICalc.this[] is an indexer, and only methods can be called over a broker",
        "WARREN007 at B: ICalc.B is an event, and only methods can be called over a broker",
        "WARREN007 at C: ICalc.C is static, and only methods can be called over a broker");

    [Fact]
    public Task Generics_are_refused() => SaysAsync(
        "[RpcContract] public interface ICalc<T> { Task A(CancellationToken t); } [RpcContract] public interface IOther { Task B<T>(T x, CancellationToken t); }",
        "WARREN008 at ICalc: ICalc<T> is generic, and the other side cannot know what for. Write one method or contract per type.",
        "WARREN008 at B: IOther.B is generic, and the other side cannot know what for. Write one method or contract per type.");

    [Fact]
    public Task References_are_refused() => SaysAsync(
        "[RpcContract] public interface ICalc { Task A(ref int a, in int b, out int c, CancellationToken t); }",
        "WARREN009 at a: The parameter a of ICalc.A is passed by reference, which cannot reach another process. Return it instead.",
        "WARREN009 at b: The parameter b of ICalc.A is passed by reference, which cannot reach another process. Return it instead.",
        "WARREN009 at c: The parameter c of ICalc.A is passed by reference, which cannot reach another process. Return it instead.");

    [Fact]
    public Task Results_are_tasks() => SaysAsync(
        "[RpcContract] public interface ICalc { void A(CancellationToken t); int B(CancellationToken t); IEnumerable<int> C(CancellationToken t); }",
        "WARREN010 at A: ICalc.A returns void. A call takes time: return Task, Task<T>, ValueTask, ValueTask<T> or IAsyncEnumerable<T>.",
        "WARREN010 at B: ICalc.B returns int. A call takes time: return Task, Task<T>, ValueTask, ValueTask<T> or IAsyncEnumerable<T>.",
        "WARREN010 at C: ICalc.C returns IEnumerable<int>. A call takes time: return Task, Task<T>, ValueTask, ValueTask<T> or IAsyncEnumerable<T>.");

    [Fact]
    public async Task Addresses_are_different()
    {
        var said = await Generated.DiagnoseAsync(
            "namespace A { [RpcContract] public interface ICalc { Task Do(CancellationToken t); } }",
            "namespace B { [RpcContract] public interface ICalc { Task Do(CancellationToken t); } }",
            "namespace C { [RpcContract(Name = \"rpc.calc\")] public interface IOther { Task Do(CancellationToken t); } }");

        Assert.Equal(
            [
                "WARREN011 at ICalc: B.ICalc has the address \"rpc.calc\", and so has A.ICalc. Give one of them another: [RpcContract(Name = \"...\")].",
                "WARREN011 at IOther: C.IOther has the address \"rpc.calc\", and so has A.ICalc. Give one of them another: [RpcContract(Name = \"...\")].",
            ],
            said);
    }

    [Fact]
    public Task Json_is_a_context() => SaysAsync(
        "[RpcContract(Json = typeof(string))] public interface ICalc { Task Do(CancellationToken t); }",
        "WARREN012 at RpcContract(Json = typeof(string)): string is not a JsonSerializerContext that generated code can use. "
        + "Write: [JsonSerializable(typeof(...))] internal partial class String : JsonSerializerContext;");

    [Fact]
    public Task Parameters_need_names_of_their_own() => SaysAsync(
        "[RpcContract] public interface ICalc { Task Do(int value, int Value, CancellationToken t); }",
        "WARREN014 at Value: ICalc.Do has more than one parameter that is named \"value\" on the wire");

    [Fact]
    public Task Members_need_names_of_their_own() => SaysAsync(
        "public record Bad(int A) { [JsonPropertyName(\"a\")] public int B { get; set; } } [RpcContract] public interface ICalc { Task Do(Bad x, CancellationToken t); }",
        "WARREN014 at x: Bad has more than one member that is named \"a\" on the wire");

    [Fact]
    public Task Faults_need_names_of_their_own() => SaysAsync(
        "namespace A { public record Poor(int X); } namespace B { public record Poor(int X); } [RpcContract] public interface ICalc { [Raises<A.Poor>, Raises<B.Poor>] Task Do(CancellationToken t); }",
        "WARREN015 at Do: ICalc.Do declares more than one fault that is named \"Poor\" on the wire");

    [Fact]
    public Task One_way_raises_nothing() => SaysAsync(
        "public record Poor(int X); [RpcContract] public interface ICalc { [OneWay, Raises<Poor>] Task A(CancellationToken t); [OneWay] Task B(CancellationToken t); [Raises<Poor>] Task C(CancellationToken t); }",
        "WARREN017 at A: ICalc.A is [OneWay], so nothing comes back, and a fault neither. Take [OneWay] or [Raises] off.");

    [Fact]
    public Task Names_can_be_addresses() => SaysAsync(
        """
        [RpcContract(Name = "")] public interface IA { Task Do(CancellationToken t); }
        [RpcContract(Name = "amq.x")] public interface IB { [RpcMethod("")] Task Do(CancellationToken t); }
        """,
        "WARREN016 at IA: \"\" cannot be an address: it has to be 1 to 255 octets of UTF-8, and amq. belongs to the broker",
        "WARREN016 at IB: \"amq.x\" cannot be an address: it has to be 1 to 255 octets of UTF-8, and amq. belongs to the broker",
        "WARREN016 at Do: \"\" cannot be the name of a method: it has to be 1 to 255 octets of UTF-8");

    [Fact]
    public Task A_format_can_be_made() => SaysAsync(
        """
        public abstract class Half : BodyFormat { protected Half() : base("a/b") { } }
        [RpcContract(Format = typeof(Half))] public interface ICalc { Task Do(int x, CancellationToken t); }
        """,
        "WARREN018 at RpcContract(Format = typeof(Half)): Half is not a BodyFormat that generated code can make. It needs to be a class with a constructor without parameters, internal or public.");

    [Fact]
    public Task A_format_takes_one_value_of_any_shape() => SaysAsync(
        """
        public abstract class Shape { public int[,] Cells = new int[0, 0]; }
        public class Own() : BodyFormat("a/b") { public override void Write<T>(System.Buffers.IBufferWriter<byte> to, T value) { } public override T Read<T>(ReadOnlyMemory<byte> body) => default!; }
        [RpcContract(Format = typeof(Own))] public interface IDraw { Task<Shape> Turn(Shape shape, CancellationToken t); Task Two(int a, int b, CancellationToken t); }
        """,
        "WARREN019 at Two: IDraw.Two has 2 parameters, and a contract with a Format sends one value. Put them into one record.");

    [Fact]
    public async Task An_inherited_method_of_another_assembly_is_shown_at_the_contract()
    {
        var said = await Generated.DiagnoseAsync("[RpcContract] public interface ICalc : IDisposable { }");

        Assert.Equal(["WARREN002 at ICalc", "WARREN010 at ICalc"], said.Select(each => each.Split(':')[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_diagnostic_is_documented()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Warren.slnx")))
            folder = folder.Parent;
        var sections = Heading().Matches(File.ReadAllText(Path.Combine(folder.FullName, "docs", "diagnostics.md"))).Select(match => match.Groups[1].Value);

        Assert.Equal(new ContractAnalyzer().SupportedDiagnostics.Select(rule => rule.Id).Order(StringComparer.Ordinal), sections);
    }

    [GeneratedRegex("^## (WARREN[0-9]+)", RegexOptions.Multiline)]
    private static partial Regex Heading();

    private static async Task SaysAsync(string source, params string[] expected) => Assert.Equal(expected, await Generated.DiagnoseAsync(source));

    // What the generator of System.Text.Json would add.
    private static string ContextBody(string name) => $$"""

        partial class {{name}}
        {
            public {{name}}() : base(null) { }
            public static {{name}} Default { get; } = new();
            protected override System.Text.Json.JsonSerializerOptions? GeneratedSerializerOptions => null;
            public override System.Text.Json.Serialization.Metadata.JsonTypeInfo? GetTypeInfo(Type type) => null;
        }
        """;
}

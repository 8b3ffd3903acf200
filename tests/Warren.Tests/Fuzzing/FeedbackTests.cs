using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Warren.Amqp;
using Warren.Broker;
using Warren.Engine;
using Warren.Fuzz;

namespace Warren.Tests.Fuzzing;

/// <summary>Which blocks of the code ran tells the fuzzer which inputs are worth changing further; and the product knows nothing of it.</summary>
[Collection(nameof(CoverageMap))]
public sealed class FeedbackTests : IDisposable
{
    private const string Source = """
        public static class Trap
        {
            public static void Run(byte[] input)
            {
                try
                {
                    if (input.Length > 12 && input[3] == 0xCE)
                    {
                        if (input[10] == 0x7F && input[7] == 0xFE)
                            throw new System.InvalidOperationException("all conditions are met");
                    }
                }
                catch (System.InvalidOperationException e) when (input.Length < 1000)
                {
                    throw new System.NotSupportedException(e.Message);
                }
                foreach (var octet in input)
                {
                    if (octet == 7)
                        s_sevens++;
                }
            }

            private static int s_sevens;
        }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("warren-feedback-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_bug_behind_three_conditions_is_found_with_feedback_and_not_without(int seed)
    {
        var trap = Trap();

        var finding = Assert.Throws<FindingException>(() => new FuzzLoop(trap, seed, Feedback.Coverage).Run(150_000));
        Assert.IsType<NotSupportedException>(finding.InnerException);
        Assert.Equal((0xCE, 0x7F, 0xFE), (finding.Input[3], finding.Input[10], finding.Input[7]));

        new FuzzLoop(trap, seed, Feedback.None).Run(150_000);
    }

    [Fact]
    public void The_same_input_reaches_the_same_blocks_and_another_one_others()
    {
        var trap = Trap();

        Assert.Equal(Reached([1, 2, 3]), Reached([1, 2, 3]));
        Assert.Equal(Reached([9, 9]), Reached([8, 8]));
        Assert.NotEqual(Reached([9, 9]), Reached([9, 9, 9, 9])); // The same blocks, and another bucket of their counts.
        Assert.NotEqual(Reached([9]), Reached([7]));

        IEnumerable<int> Reached(byte[] input)
        {
            CoverageMap.Clear();
            trap.Run(input);
            return Buckets.Of(CoverageMap.Counters.ToArray()).ToArray();
        }
    }

    [Fact]
    public void What_many_inputs_reach_is_reached_by_few_short_ones()
    {
        var random = new Random(5);
        var many = Enumerable.Range(0, 200).Select(_ => Enumerable.Range(0, random.Next(1, 40)).Select(_ => (byte)random.Next(256)).ToArray()).ToList();
        var minimiser = new Minimiser(Trap(), Buckets.Of);

        var few = minimiser.Minimise(many);

        var again = new Minimiser(Trap(), Buckets.Of);
        again.Minimise(few);
        Assert.Equal(minimiser.Reached, again.Reached);
        Assert.InRange(few.Count, 2, 60);
        Assert.InRange(few.Sum(input => input.Length), few.Count, many.Sum(input => input.Length) / 5);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(4, 3)]
    [InlineData(7, 3)]
    [InlineData(8, 4)]
    [InlineData(16, 5)]
    [InlineData(31, 5)]
    [InlineData(32, 6)]
    [InlineData(127, 6)]
    [InlineData(128, 7)]
    [InlineData(255, 7)]
    public void Counts_fall_into_the_buckets_of_AFL(int count, int bucket) => Assert.Equal(bucket, Buckets.BucketOf((byte)count));

    [Theory]
    [InlineData(typeof(FrameReader))]
    [InlineData(typeof(BrokerEngine))]
    [InlineData(typeof(BrokerTurn))]
    public void The_product_counts_no_blocks_and_the_fuzzers_copy_of_it_does(Type type)
    {
        var copy = Path.Combine(_folder.FullName, "copy.dll");
        new Instrumenter().Instrument(type.Assembly.Location, copy);

        Assert.DoesNotContain(typeof(CoverageMap).Assembly.GetName().Name, Referenced(type.Assembly.Location));
        Assert.Contains(typeof(CoverageMap).Assembly.GetName().Name, Referenced(copy));

        static IEnumerable<string> Referenced(string file)
        {
            using var assembly = Mono.Cecil.AssemblyDefinition.ReadAssembly(file);
            return assembly.MainModule.AssemblyReferences.Select(reference => reference.Name).ToArray();
        }
    }

    private FunctionTarget Trap()
    {
        var (plain, instrumented) = (Path.Combine(_folder.FullName, "Trap.dll"), Path.Combine(_folder.FullName, "TrapThatCounts.dll"));
        var references = AppDomain.CurrentDomain.GetAssemblies().Where(assembly => !assembly.IsDynamic && assembly.Location.Length > 0)
            .Select(assembly => MetadataReference.CreateFromFile(assembly.Location));
        var compilation = CSharpCompilation.Create(
            "Trap", [CSharpSyntaxTree.ParseText(Source)], references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release));
        Assert.Empty(compilation.Emit(plain).Diagnostics);
        new Instrumenter().Instrument(plain, instrumented);
        using var octets = new MemoryStream(File.ReadAllBytes(instrumented));
        var type = new AssemblyLoadContext(null, isCollectible: true).LoadFromStream(octets).GetType("Trap")!;
        return new FunctionTarget(type.GetMethod("Run")!.CreateDelegate<Action<byte[]>>());
    }

    private sealed class FunctionTarget(Action<byte[]> function) : ITarget
    {
        public string Name => "none";

        public IReadOnlyList<byte[]> Seeds { get; } = [new byte[14]];

        public int Run(byte[] input)
        {
            function(input);
            return 0;
        }
    }
}

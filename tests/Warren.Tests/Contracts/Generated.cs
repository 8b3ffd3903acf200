using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Warren.Generator;

namespace Warren.Tests.Contracts;

/// <summary>Source text through the generator and the analyzer, in process.</summary>
internal static class Generated
{
    public const string Usings = """
        using System;
        using System.Collections.Generic;
        using System.ComponentModel.DataAnnotations;
        using System.IO;
        using System.Text.Json.Serialization;
        using System.Threading;
        using System.Threading.Tasks;
        using Warren;

        """;

    private static readonly CSharpParseOptions Parsing = new(LanguageVersion.Preview);

    private static readonly Lazy<ImmutableArray<MetadataReference>> References = new(() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var name && (name.StartsWith("System.", StringComparison.Ordinal) || name is "netstandard.dll" or "mscorlib.dll"))
            .Append(typeof(RpcContractAttribute).Assembly.Location)
            .Distinct().Select(path => MetadataReference.CreateFromFile(path)),
    ]);

    public static CSharpCompilation Compile(params string[] sources) => CSharpCompilation.Create(
        "Test",
        sources.Select((source, place) => CSharpSyntaxTree.ParseText(Usings + source, Parsing, $"File{place}.cs")),
        References.Value,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

    public static GeneratorDriver Driver() => CSharpGeneratorDriver.Create(
        [new ContractGenerator().AsSourceGenerator()], parseOptions: Parsing, driverOptions: new GeneratorDriverOptions(default, trackIncrementalGeneratorSteps: true));

    public static SyntaxTree Parse(string source, string path) => CSharpSyntaxTree.ParseText(Usings + source, Parsing, path);

    /// <summary>What the analyzer says: the id, the place as the source says it, and the words.</summary>
    public static async Task<List<string>> DiagnoseAsync(params string[] sources)
    {
        var compilation = Compile(sources);
        var analysis = new CompilationWithAnalyzersOptions(new AnalyzerOptions([]), (e, _, _) => throw e, concurrentAnalysis: false, logAnalyzerExecutionTime: false);
        var diagnostics = await compilation.WithAnalyzers([new ContractAnalyzer()], analysis).GetAnalyzerDiagnosticsAsync();
        return [.. diagnostics.OrderBy(each => each.Location.SourceTree?.FilePath, StringComparer.Ordinal).ThenBy(each => each.Location.SourceSpan)
            .Select(each => $"{each.Id} at {each.Location.SourceTree?.GetText().ToString(each.Location.SourceSpan)}: {each.GetMessage(null)}")];
    }

    /// <summary>Runs the generator and compiles what it made; the text of the one file, or nothing.</summary>
    public static string Run(params string[] sources)
    {
        var result = Driver().RunGeneratorsAndUpdateCompilation(Compile(sources), out var output, out var diagnostics).GetRunResult();
        Assert.Empty(diagnostics);
        Assert.Empty(output.GetDiagnostics().Where(each => each.Severity >= DiagnosticSeverity.Warning && !each.IsSuppressed));
        return string.Concat(result.GeneratedTrees);
    }
}

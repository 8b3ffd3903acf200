using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Warren.Generator.Reading;

namespace Warren.Generator;

/// <summary>
/// Says what is wrong with contracts. An analyzer, not the generator itself, so that its findings stand at real places of the source: they can be
/// suppressed and configured like all others, and no place is part of what the generator compares.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ContractAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
    [
        Rules.CannotTravel, Rules.NoToken, Rules.TokenNotLast, Rules.MethodClash, Rules.StreamIsNeither, Rules.OneWayResult, Rules.NotAMethod, Rules.Generic,
        Rules.ByReference, Rules.NotATask, Rules.AddressClash, Rules.NotAContext, Rules.Hidden, Rules.MemberClash, Rules.FaultClash, Rules.BadName, Rules.OneWayFault,
        Rules.NotAFormat, Rules.TooManyForAFormat,
    ];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            var addresses = new ConcurrentBag<(string Address, INamedTypeSymbol Contract)>();
            start.RegisterSymbolAction(symbol => Analyze(symbol, addresses), SymbolKind.NamedType);
            start.RegisterCompilationEndAction(end => CompareAddresses(end, addresses));
        });
    }

    private static void Analyze(SymbolAnalysisContext context, ConcurrentBag<(string Address, INamedTypeSymbol Contract)> addresses)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        if (type.TypeKind != TypeKind.Interface || Symbols.FindAttribute(type, ContractReader.AttributeName) is not { } attribute)
            return;
        var reader = new ContractReader(type, attribute, context.Compilation);
        reader.Read(context.CancellationToken);
        addresses.Add((reader.Address, type));
        foreach (var diagnostic in reader.Diagnostics)
            context.ReportDiagnostic(diagnostic);
    }

    private static void CompareAddresses(CompilationAnalysisContext context, ConcurrentBag<(string Address, INamedTypeSymbol Contract)> addresses)
    {
        foreach (var same in addresses.GroupBy(each => each.Address))
        {
            var contracts = same.Select(each => each.Contract).OrderBy(Symbols.PathOf, StringComparer.Ordinal).ToList();
            foreach (var contract in contracts.Skip(1))
            {
                context.ReportDiagnostic(Diagnostic.Create(
                    Rules.AddressClash, Symbols.Place(contract, contract), Symbols.PathOf(contract), same.Key, Symbols.PathOf(contracts[0])));
            }
        }
    }
}

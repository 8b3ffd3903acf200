using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using Warren.Generator.Model;
using Warren.Generator.Reading;
using Warren.Generator.Writing;

namespace Warren.Generator;

/// <summary>
/// Makes the client and the dispatcher of every interface with [RpcContract]. What is wrong with a contract is said by
/// <see cref="ContractAnalyzer"/>; here such a contract is passed over.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class ContractGenerator : IIncrementalGenerator
{
    /// <summary>The step whose results are compared, for tests.</summary>
    internal const string Step = "Contracts";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var contracts = context.SyntaxProvider
            .ForAttributeWithMetadataName(ContractReader.AttributeName, static (node, _) => node is InterfaceDeclarationSyntax, static (found, cancellationToken) => Read(found, cancellationToken))
            .Where(static contract => contract is not null)
            .WithTrackingName(Step);
        context.RegisterSourceOutput(contracts, static (output, contract) =>
            output.AddSource($"{contract!.ClassName}.g.cs", SourceText.From(ContractWriter.Write(contract), Encoding.UTF8)));
    }

    private static ContractModel? Read(GeneratorAttributeSyntaxContext found, CancellationToken cancellationToken) =>
        new ContractReader((INamedTypeSymbol)found.TargetSymbol, found.Attributes[0], found.SemanticModel.Compilation).Read(cancellationToken);
}

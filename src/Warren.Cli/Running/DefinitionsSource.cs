namespace Warren.Cli.Running;

/// <summary>Definitions from where a user says: a file, or a broker's HTTP API.</summary>
internal static class DefinitionsSource
{
    public static async Task<string> ReadAsync(string where, CancellationToken cancellationToken) =>
        DefinitionsApi.IsAddress(where) ? await DefinitionsApi.At(where).ExportAsync(cancellationToken) : DefinitionsFile.Read(where);
}

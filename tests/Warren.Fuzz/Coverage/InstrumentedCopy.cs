namespace Warren.Fuzz;

/// <summary>The fuzzer as a whole in a folder of its own, with Warren's assemblies instrumented. The folder goes with it.</summary>
internal sealed class InstrumentedCopy : IDisposable
{
    private static readonly string[] s_instrumented = ["Warren.Amqp.dll", "Warren.Engine.dll", "Warren.Broker.dll"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("warren-fuzz-");

    public InstrumentedCopy()
    {
        var from = Path.GetDirectoryName(typeof(InstrumentedCopy).Assembly.Location)!;
        foreach (var file in Directory.EnumerateFiles(from, "*.dll").Concat(Directory.EnumerateFiles(from, "Warren.Fuzz.*")).Distinct())
            File.Copy(file, Path.Combine(_folder.FullName, Path.GetFileName(file)));
        var instrumenter = new Instrumenter();
        foreach (var name in s_instrumented)
            instrumenter.Instrument(Path.Combine(from, name), Path.Combine(_folder.FullName, name));
        Blocks = instrumenter.Blocks;
    }

    /// <summary>What dotnet runs.</summary>
    public string Program => Path.Combine(_folder.FullName, "Warren.Fuzz.dll");

    /// <summary>A folder for whoever runs it.</summary>
    public string Folder => _folder.FullName;

    /// <summary>How many blocks the three assemblies have.</summary>
    public int Blocks { get; }

    public void Dispose() => _folder.Delete(recursive: true);
}

namespace Warren.Simulation;

/// <summary>Where results go: to the console, and to a file when there is one.</summary>
internal sealed class RunOutput(string? file) : IDisposable
{
    private readonly StreamWriter? _file = file is null ? null : new StreamWriter(file);
    private readonly Lock _gate = new();

    public void Write(string line)
    {
        lock (_gate)
        {
            Console.WriteLine(line);
            _file?.WriteLine(line);
        }
    }

    public void Dispose() => _file?.Dispose();
}

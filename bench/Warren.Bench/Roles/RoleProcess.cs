using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Warren.Bench.Roles;

/// <summary>A child process that speaks in lines. Its standard error goes to ours.</summary>
internal sealed class RoleProcess : IAsyncDisposable
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private RoleProcess(Process process) => _process = process;

    /// <summary>Starts a program and returns it with the rest of its first line that starts so.</summary>
    public static async Task<(RoleProcess Process, string Said)> StartAsync(string awaited, string file, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var started = new RoleProcess(process);
        try
        {
            while (true)
            {
                var line = await started.ReadLineAsync();
                if (line.StartsWith(awaited, StringComparison.Ordinal)) return (started, line[awaited.Length..].Trim());
            }
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts this very program in a role.</summary>
    public static async Task<RoleProcess> StartAsync(string role, string peer, Uri broker) =>
        (await StartAsync("ready", Environment.ProcessPath!, "role", role, peer, broker.ToString())).Process;

    public async Task<T> AskAsync<T>(params IConvertible[] words)
    {
        await WriteLineAsync(words);
        return JsonSerializer.Deserialize<T>(await ReadLineAsync())!;
    }

    public Task WriteLineAsync(params IConvertible[] words) =>
        _process.StandardInput.WriteLineAsync(string.Join(' ', words.Select(word => word.ToString(CultureInfo.InvariantCulture))));

    public async Task<string> ReadLineAsync() =>
        await _process.StandardOutput.ReadLineAsync().WaitAsync(AnswerTime)
        ?? throw new InvalidOperationException($"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)} ended too early");

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var deadline = new CancellationTokenSource(EndTime);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}

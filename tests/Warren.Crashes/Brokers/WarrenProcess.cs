using System.Diagnostics;
using System.Text;

namespace Warren.Crashes.Brokers;

/// <summary><c>warren broker --data FOLDER</c>, by itself or below a program such as strace.</summary>
internal sealed class WarrenProcess : IBroker
{
    private readonly Process _process;
    private readonly bool _isWrapped;
    private readonly StringBuilder _words = new(); // Of its standard error; locked by itself.
    private readonly TaskCompletionSource<Uri?> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _started = Stopwatch.GetTimestamp();
    private int _id;

    private WarrenProcess(Process process, bool isWrapped)
    {
        _process = process;
        _isWrapped = isWrapped;
        Leftovers.AddProcess(process.Id);
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_words)
                _words.AppendLine(line.Data);
        };
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
    }

    public Uri Uri => _ready.Task.Result ?? throw new InvalidOperationException("It is not ready.");

    public int ProcessId => _isWrapped ? (_id == 0 ? _id = ChildOf(_process.Id) : _id) : _process.Id;

    /// <summary>What it said of itself, for whoever looks for the reason.</summary>
    public string Words
    {
        get
        {
            lock (_words)
                return _words.ToString().Trim();
        }
    }

    public bool HasEnded => _process.HasExited;

    /// <summary>How long it took until it listened.</summary>
    public TimeSpan Recovery { get; private set; }

    /// <summary>Starts it and does not wait.</summary>
    /// <param name="folder">Its data.</param>
    /// <param name="wrapper">A program and its arguments that starts the broker below it (strace) or becomes it; null for none.</param>
    /// <param name="port">0 takes a free one.</param>
    /// <param name="options">More of its options.</param>
    public static WarrenProcess Launch(string folder, IReadOnlyList<string>? wrapper = null, int port = 0, IReadOnlyList<string>? options = null)
    {
        string[] command =
        [
            .. wrapper ?? [], Path.Combine(AppContext.BaseDirectory, "Warren.Cli"), "broker", "--port", $"{port}", "--disk-limit", "0", "--data", folder, .. options ?? [],
        ];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        return new WarrenProcess(Process.Start(start)!, wrapper is ["strace", ..]);
    }

    /// <summary>Starts it and waits until it listens.</summary>
    public static async Task<WarrenProcess> StartAsync(string folder, IReadOnlyList<string>? wrapper = null, int port = 0, IReadOnlyList<string>? options = null)
    {
        var broker = Launch(folder, wrapper, port, options);
        if (await broker.IsReadyAsync())
            return broker;
        throw new InvalidOperationException($"The broker did not start on {folder} (exit code {await broker.ExitAsync()}): {broker.Words}");
    }

    /// <summary>True when it listens, false when it has ended before.</summary>
    public async Task<bool> IsReadyAsync() => await _ready.Task.WaitAsync(TimeSpan.FromSeconds(60)) is not null;

    /// <summary>Its exit code, once it has ended by itself.</summary>
    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
        Leftovers.RemoveProcess(_process.Id);
        if (_id != 0)
            Leftovers.RemoveProcess(_id);
        return _process.ExitCode;
    }

    public async Task KillAsync()
    {
        // The program above it ends with it; the other way round the broker could stay behind.
        if (!_process.HasExited && ProcessId is > 0 and var id)
            Signals.Send(id, Signals.Kill);
        await ExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private void Hear(string? line)
    {
        const string Says = "Listening on ";
        if (line is null)
        {
            _ready.TrySetResult(null);
        }
        else if (line.StartsWith(Says, StringComparison.Ordinal))
        {
            Recovery = Stopwatch.GetElapsedTime(_started);
            if (_isWrapped)
                Leftovers.AddProcess(_id = ChildOf(_process.Id));
            _ready.TrySetResult(new Uri(line[Says.Length..].Split(' ')[0]));
        }
    }

    // 0 when it has none, or has ended.
    private static int ChildOf(int process)
    {
        try
        {
            var children = File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return children.Length > 0 ? int.Parse(children[0], System.Globalization.CultureInfo.InvariantCulture) : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}

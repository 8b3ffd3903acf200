using System.Diagnostics;
using System.Text;

namespace Warren.Conformance.Fixtures;

/// <summary>A program with its output captured and every wait on it bounded. Disposing it kills it and its children.</summary>
public sealed class RunningProgram : IAsyncDisposable
{
    private static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly StringBuilder _output = new(); // Owned by whoever holds the lock, like the field below.
    private TaskCompletionSource _changed = NewSignal();
    private int _openStreams = 2; // Standard output and standard error, which are captured as one text.

    private RunningProgram(Process process) => _process = process;

    public static RunningProgram Start(string file, IEnumerable<string> arguments, Uri? broker = null, string? queue = null,
        string? folder = null, IEnumerable<KeyValuePair<string, string>>? environment = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        if (broker is not null) start.Environment["WARREN_URI"] = broker.ToString();
        if (queue is not null) start.Environment["WARREN_QUEUE"] = queue;
        foreach (var (name, value) in environment ?? []) start.Environment[name] = value;

        var program = new RunningProgram(new Process { StartInfo = start });
        program._process.OutputDataReceived += (_, e) => program.OnLine(e.Data);
        program._process.ErrorDataReceived += (_, e) => program.OnLine(e.Data);
        program._process.Start();
        program._process.BeginOutputReadLine();
        program._process.BeginErrorReadLine();
        return program;
    }

    /// <summary>Everything the program has printed so far, on both streams.</summary>
    public string Output
    {
        get
        {
            lock (_lock) return _output.ToString();
        }
    }

    /// <summary>Waits until the output holds the text that many times, and fails with the output if the program ends before.</summary>
    public async Task WaitForOutputAsync(string text, int times = 1, TimeSpan? atMost = null)
    {
        using var deadline = new CancellationTokenSource(atMost ?? DefaultWait);
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_output.ToString().Split(text).Length > times) return;
                if (_openStreams == 0) throw Failure($"ended without printing '{text}' {times} times");
                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                throw Failure($"did not print '{text}' {times} times in time");
            }
        }
    }

    /// <summary>Waits for the end of the program, and fails with its output if it does not end in time.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan? atMost = null)
    {
        using var deadline = new CancellationTokenSource(atMost ?? DefaultWait);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw Failure("did not end in time");
        }

        return _process.ExitCode;
    }

    /// <summary>Writes a line to the standard input.</summary>
    public async Task WriteLineAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Ends the standard input: the polite way to stop a program that reads it.</summary>
    public void CloseInput() => _process.StandardInput.Close();

    /// <summary>Asks it to end in order (SIGTERM), and waits until it has.</summary>
    public async Task<int> TerminateAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync();
        return await WaitForExitAsync();
    }

    /// <summary>Kills the program and all its children at once (signal 9), and waits until they are gone.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private void OnLine(string? line)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            if (line is null) _openStreams--;
            else _output.AppendLine(line);
            changed = _changed;
            _changed = NewSignal();
        }

        changed.SetResult();
    }

    private InvalidOperationException Failure(string what) =>
        new($"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)} {what}. Its output:\n{Output}");

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

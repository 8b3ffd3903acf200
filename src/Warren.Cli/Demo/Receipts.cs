using Warren.Cli.Running;

namespace Warren.Cli.Demo;

/// <summary>What receivers got, until as much has come as was sent.</summary>
internal sealed class Receipts(string pattern, int expected)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly List<string> _items = []; // Guarded by _gate.
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Add(string item)
    {
        lock (_gate)
        {
            _items.Add(item);
            if (_items.Count == expected)
                _all.SetResult();
        }
    }

    public async Task<string[]> AllAsync(CancellationToken stopping)
    {
        try
        {
            await _all.Task.WaitAsync(Limit, stopping);
        }
        catch (TimeoutException)
        {
            lock (_gate)
                throw new ToolException(ExitCode.Deadline, $"{pattern}: {_items.Count} of {expected} messages came within {Limit.TotalSeconds:0} s.");
        }
        lock (_gate)
            return [.. _items];
    }
}

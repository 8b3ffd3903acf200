using Microsoft.Extensions.Logging;

namespace Warren.Broker;

/// <summary>Looks now and then how much of the disk is free. Outside the turn: a file system may take its time to answer.</summary>
internal sealed class DiskGauge : IAsyncDisposable
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(1);

    private readonly Operations _operations;
    private readonly Func<long> _measure;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private int _isMeasuring;
    private bool _hasFailed; // Owned by who measures.

    /// <param name="operations">Hears the figure.</param>
    /// <param name="measure">The free octets.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Hears when it cannot be measured, once.</param>
    public DiskGauge(Operations operations, Func<long> measure, TimeProvider time, ILogger log)
    {
        _operations = operations;
        _measure = measure;
        _log = log;
        Measure();
        _timer = time.CreateTimer(_ => Measure(), null, s_period, s_period);
    }

    /// <summary>How many octets of the disk that holds this folder may still be written, by this process's user.</summary>
    public static long FreeOctets(string folder) => new DriveInfo(folder).AvailableFreeSpace;

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Measure()
    {
        if (Interlocked.Exchange(ref _isMeasuring, 1) == 1)
            return; // The last look is not over.
        try
        {
            _operations.SeeFreeDisk(_measure());
            _hasFailed = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!_hasFailed)
                Log.DiskNotMeasured(_log, e.Message);
            _hasFailed = true;
        }
        finally
        {
            Volatile.Write(ref _isMeasuring, 0);
        }
    }
}

using System.Diagnostics;
using System.Net;
using Warren.Bench.Scale;

namespace Warren.Bench.Pressure;

/// <summary>What clients at work notice: logging in, and a message there and back.</summary>
internal sealed class Bystanders(IPEndPoint broker) : IDisposable
{
    private RawConnection? _working;

    /// <summary>Goes on for so long.</summary>
    public (Times Logins, Times RoundTrips) Watch(TimeSpan time)
    {
        var (logins, roundTrips) = (new Times(), new Times());
        var start = Stopwatch.GetTimestamp();
        var working = Working();
        while (Stopwatch.GetElapsedTime(start) < time)
        {
            logins.Measure(() => new RawConnection(broker, 2048).Dispose());
            for (var i = 0; i < 20; i++)
            {
                roundTrips.Measure(() => working.RoundTrip(1, "bystander"));
                Thread.Sleep(1);
            }
        }
        return (logins, roundTrips);
    }

    public void Dispose() => _working?.Dispose();

    private RawConnection Working()
    {
        if (_working is not null) return _working;
        _working = new RawConnection(broker, 131072);
        _working.OpenChannel(1);
        _working.DeclareQueue(1, "bystander");
        return _working;
    }
}

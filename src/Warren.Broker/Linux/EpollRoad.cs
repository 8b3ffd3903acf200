using System.Net.Sockets;

namespace Warren.Broker;

/// <summary>The road on Linux: a few threads, each with its epoll loop.</summary>
internal sealed class EpollRoad(BrokerTurn turn, Door door, int threads, TimeSpan spinTime) : IIoRoad
{
    private readonly IoLoop[] _loops = [.. Enumerable.Range(0, threads).Select(index => new IoLoop(turn, index, spinTime))];

    public void Start(Socket listener)
    {
        listener.Blocking = false;
        for (var i = 0; i < _loops.Length; i++)
            _loops[i].Start(i == 0 ? new Listener(listener, turn, _loops, door) : null);
    }

    public void StopListening() => _loops[0].StopListening();

    public void Dispose()
    {
        foreach (var loop in _loops)
            loop.Dispose();
    }
}

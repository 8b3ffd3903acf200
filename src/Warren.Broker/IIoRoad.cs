using System.Net.Sockets;

namespace Warren.Broker;

/// <summary>Accepts clients and carries their octets: the epoll loops, or the runtime's sockets.</summary>
internal interface IIoRoad : IDisposable
{
    /// <summary>Accepts from a socket that listens, which belongs to the road from now on.</summary>
    void Start(Socket listener);

    /// <summary>Accepts nobody any more. Connections live on.</summary>
    void StopListening();
}

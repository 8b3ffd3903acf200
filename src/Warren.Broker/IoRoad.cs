namespace Warren.Broker;

/// <summary>How the broker reads and writes sockets.</summary>
public enum IoRoad
{
    /// <summary><see cref="Epoll"/> on Linux, <see cref="Sockets"/> elsewhere.</summary>
    Default,

    /// <summary>An own epoll loop on dedicated threads, the fastest; Linux only.</summary>
    Epoll,

    /// <summary>The runtime's asynchronous sockets, on every system.</summary>
    Sockets,
}

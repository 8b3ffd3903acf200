namespace Warren.Engine;

/// <summary>Connections by the small numbers the host gives them.</summary>
internal sealed class ConnectionTable
{
    private Connection?[] _connections = new Connection?[16];

    /// <summary>One more than the largest number ever seen.</summary>
    public int Length { get; private set; }

    public void Add(Connection connection)
    {
        var index = connection.Id.Value;
        if (index >= _connections.Length)
            Array.Resize(ref _connections, Math.Max(index + 1, _connections.Length * 2));
        System.Diagnostics.Debug.Assert(_connections[index] is null, "The host gave a number that is in use.");
        _connections[index] = connection;
        Length = Math.Max(Length, index + 1);
    }

    public Connection? Find(ConnectionId id) => (uint)id.Value < (uint)_connections.Length ? _connections[id.Value] : null;

    public Connection? At(int index) => _connections[index];

    public void Remove(ConnectionId id)
    {
        if ((uint)id.Value < (uint)_connections.Length)
            _connections[id.Value] = null;
    }
}

namespace Warren.Bench.Peers;

/// <summary>Every peer by its name.</summary>
internal static class PeerList
{
    private static readonly IPeer[] All = [new RelayPeer(), new WarrenPeer(), new WarrenTypedPeer(), new WarrenContractPeer(), new WarrenSafePeer(), new RabbitMqClientPeer(), new MassTransitPeer(isAsItComes: false), new MassTransitPeer(isAsItComes: true), new WarrenInProcessPeer()];

    public static IPeer Find(string name) =>
        All.FirstOrDefault(peer => peer.Name == name)
        ?? throw new ArgumentException($"No peer is called '{name}'. There are: {string.Join(", ", All.Select(peer => peer.Name))}.");
}

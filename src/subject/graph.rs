//! Which identifiers are one person's, by what records say; pure.
//!
//! Identifiers are joined where a record names one party by both, and where a notice of
//! the provider says that somebody has another number or other ids now. A user name joins
//! nothing: it can be given up and taken by somebody else. A phone number is where people
//! are mistaken for each other, for the provider gives it to somebody else after a while:
//! what its own records do not join without it is told as a [`Conflict`], for a person to
//! decide.

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::Mark;
use crate::projection::subjects::{Identifier, IdentifierKind, others};
use crate::record::{Party, Record, RecordId};

/// Identifiers, as numbers of one graph.
type Node = usize;

/// What records say of identifiers.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    nodes: Vec<Identifier>,
    places: BTreeMap<(IdentifierKind, Mark), Node>,
    edges: Vec<Edge>,
    /// The edges of each node.
    of_node: Vec<Vec<usize>>,
}

/// Two identifiers that a record joins.
#[derive(Clone, Copy, Debug)]
struct Edge {
    /// Of a change, who it was.
    one: Node,
    /// Of a change, who it is now.
    other: Node,
    how: How,
    record: RecordId,
}

/// How a record joins two identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// It names one party by both.
    Together,
    /// It says that somebody who had the one has the other now.
    Changed,
}

/// An identifier that belongs to those asked for, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reached {
    /// The identifier.
    pub(super) identifier: Identifier,
    /// What joined it; `None` for one that was asked for.
    pub(super) by: Option<(RecordId, How)>,
}

/// An identifier that may be more than one person's.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Conflict {
    /// Which.
    pub identifier: Identifier,
    /// What it would join: each may be another person's.
    pub groups: Vec<Vec<Identifier>>,
}

impl Graph {
    /// Takes what a record says.
    pub(super) fn take(&mut self, id: RecordId, record: &Record) {
        let successors = record.successors();
        let mut before = vec![];
        for party in others(record).filter(|party| !successors.contains(party)) {
            let nodes = self.party(id, party);
            before.extend(nodes);
        }
        for party in successors {
            for now in self.party(id, party) {
                for one in &before {
                    self.join(Edge { one: *one, other: now, how: How::Changed, record: id });
                }
            }
        }
    }

    /// Everything that is joined to what is asked for, which comes first; user names that
    /// are shown with it come last and join nothing.
    pub(super) fn reach(&self, asked: &[Identifier]) -> Vec<Reached> {
        let mut reached: Vec<Reached> =
            asked.iter().map(|it| Reached { identifier: it.clone(), by: None }).collect();
        let mut seen: BTreeSet<Node> = BTreeSet::new();
        let mut next: Vec<Node> = asked.iter().filter_map(|it| self.place(it)).collect();
        seen.extend(&next);
        next.retain(|node| self.joins(*node));
        let mut names = vec![];
        while let Some(node) = next.pop() {
            for edge in self.edges_of(node) {
                let other = if edge.one == node { edge.other } else { edge.one };
                if !seen.insert(other) {
                    continue;
                }
                let Some(identifier) = self.nodes.get(other).cloned() else { continue };
                let found = Reached { identifier, by: Some((edge.record, edge.how)) };
                if self.joins(other) {
                    next.push(other);
                    reached.push(found);
                } else {
                    names.push(found);
                }
            }
        }
        reached.extend(names);
        reached
    }

    /// What is shown together with user names that were asked for, and not joined to
    /// anything that was asked for: a suggestion, for a person to look at.
    pub(super) fn beside(&self, asked: &[Identifier]) -> Vec<Identifier> {
        let known: BTreeSet<Node> =
            self.reach(asked).iter().filter_map(|it| self.place(&it.identifier)).collect();
        let names = asked.iter().filter_map(|it| self.place(it)).filter(|it| !self.joins(*it));
        let beside: BTreeSet<Node> = names
            .flat_map(|name| self.edges_of(name).map(move |edge| (name, edge)))
            .map(|(name, edge)| if edge.one == name { edge.other } else { edge.one })
            .filter(|node| !known.contains(node))
            .collect();
        beside.into_iter().filter_map(|node| self.nodes.get(node).cloned()).collect()
    }

    /// Every phone number among those joined to what is asked for that may be more than one
    /// person's: without it, what it joins falls apart into several who have user ids, or
    /// it went over to several numbers, or came from several.
    pub(super) fn conflicts(&self, asked: &[Identifier]) -> Vec<Conflict> {
        let reached: BTreeSet<Node> = self
            .reach(asked)
            .iter()
            .filter_map(|it| self.place(&it.identifier))
            .filter(|node| self.joins(*node))
            .collect();
        let phones = reached.iter().filter(|node| self.kind(**node) == IdentifierKind::Phone);
        phones.filter_map(|phone| self.conflict(*phone, &reached)).collect()
    }

    fn conflict(&self, phone: Node, among: &BTreeSet<Node>) -> Option<Conflict> {
        let parts = self.parts_without(phone, among);
        let has = |part: &BTreeSet<Node>, wanted: &dyn Fn(&Edge) -> bool| {
            let mut edges = self.edges_of(phone);
            edges.any(|edge| {
                let other = if edge.one == phone { edge.other } else { edge.one };
                part.contains(&other) && wanted(edge)
            })
        };
        let count = |wanted: &dyn Fn(&BTreeSet<Node>) -> bool| {
            parts.iter().filter(|part| wanted(part)).count()
        };
        let is_id = |node: &Node| self.kind(*node) != IdentifierKind::Phone;
        let with_ids = count(&|part| part.iter().any(is_id));
        let after = count(&|part| has(part, &|it| it.how == How::Changed && it.one == phone));
        let before = count(&|part| has(part, &|it| it.how == How::Changed && it.other == phone));
        if with_ids.max(after).max(before) < 2 {
            return None;
        }
        let named = |part: &BTreeSet<Node>| {
            let mut group: Vec<Identifier> =
                part.iter().filter_map(|node| self.nodes.get(*node).cloned()).collect();
            group.sort_unstable();
            group
        };
        let mut groups: Vec<_> = parts.iter().map(named).collect();
        groups.sort_unstable();
        Some(Conflict { identifier: self.nodes.get(phone)?.clone(), groups })
    }

    /// What is left beside a node, in parts that are joined without it.
    fn parts_without(&self, without: Node, among: &BTreeSet<Node>) -> Vec<BTreeSet<Node>> {
        let mut left: BTreeSet<Node> =
            among.iter().copied().filter(|node| *node != without).collect();
        let mut parts = vec![];
        while let Some(first) = left.pop_first() {
            let (mut part, mut next) = (BTreeSet::from([first]), vec![first]);
            while let Some(node) = next.pop() {
                for edge in self.edges_of(node) {
                    let other = if edge.one == node { edge.other } else { edge.one };
                    if left.remove(&other) {
                        part.insert(other);
                        next.push(other);
                    }
                }
            }
            parts.push(part);
        }
        // What hangs on another phone number falls apart at that one.
        let touches = |part: &BTreeSet<Node>| {
            let mut edges = self.edges_of(without);
            edges.any(|edge| part.contains(&edge.one) || part.contains(&edge.other))
        };
        parts.retain(touches);
        parts
    }

    /// The nodes of a party, joined.
    fn party(&mut self, record: RecordId, party: &Party) -> Vec<Node> {
        let named = [
            (IdentifierKind::UserId, &party.user_id),
            (IdentifierKind::ParentUserId, &party.parent_user_id),
            (IdentifierKind::Phone, &party.phone),
            (IdentifierKind::UserName, &party.username),
        ];
        let said = named.into_iter().filter_map(|(kind, value)| Some((kind, value.as_deref()?)));
        let said: Vec<_> = said.filter(|(_, value)| !value.trim().is_empty()).collect();
        let nodes: Vec<Node> = said
            .into_iter()
            .map(|(kind, value)| self.node(&Identifier { kind, value: value.to_owned() }))
            .collect();
        for (at, one) in nodes.iter().enumerate() {
            for other in nodes.iter().skip(at + 1) {
                self.join(Edge { one: *one, other: *other, how: How::Together, record });
            }
        }
        nodes
    }

    fn join(&mut self, edge: Edge) {
        let same =
            |known: &&Edge| (known.one, known.other, known.how) == (edge.one, edge.other, edge.how);
        // A change joins no user name, and nothing to itself.
        let is_name = !self.joins(edge.one) || !self.joins(edge.other);
        let says_nothing = edge.one == edge.other || (is_name && edge.how == How::Changed);
        if says_nothing || self.edges_of(edge.one).any(|known| same(&known)) {
            return;
        }
        let place = self.edges.len();
        self.edges.push(edge);
        for node in [edge.one, edge.other] {
            if let Some(edges) = self.of_node.get_mut(node) {
                edges.push(place);
            }
        }
    }

    fn node(&mut self, identifier: &Identifier) -> Node {
        let key = (identifier.kind, Mark::of(&identifier.value));
        *self.places.entry(key).or_insert_with(|| {
            self.nodes.push(identifier.clone());
            self.of_node.push(vec![]);
            self.nodes.len() - 1
        })
    }

    fn place(&self, identifier: &Identifier) -> Option<Node> {
        self.places.get(&(identifier.kind, Mark::of(&identifier.value))).copied()
    }

    fn edges_of(&self, node: Node) -> impl Iterator<Item = &Edge> {
        let edges = self.of_node.get(node).map_or(&[][..], Vec::as_slice);
        edges.iter().filter_map(|edge| self.edges.get(*edge))
    }

    fn kind(&self, node: Node) -> IdentifierKind {
        self.nodes.get(node).map_or(IdentifierKind::UserName, |it| it.kind)
    }

    /// Whether what is joined to it is its person's.
    fn joins(&self, node: Node) -> bool {
        self.kind(node) != IdentifierKind::UserName
    }
}

#[cfg(test)]
mod tests;

"""Behaviour: what visitors do with the shop's pages, from their clicks: sessions, paths, funnels, carts."""
